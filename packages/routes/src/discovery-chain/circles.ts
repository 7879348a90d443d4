import { type ChainNode, nextNodes } from "./chain.ts";
import { Unsound } from "./chain-problem.ts";

/** Throws Unsound when a way from `start` comes back to where it has been. */
export function refuseCircles(start: string, nodes: ReadonlyMap<string, ChainNode>): void {
  const sound = new Set<string>();
  const follow = (key: string, path: readonly string[]): void => {
    if (sound.has(key)) return;
    if (path.includes(key)) throw new Unsound({ code: "CIRCLE", nodes: [...path, key] });
    const node = nodes.get(key);
    // Of several circles Consul tells the one that the last way leads into.
    for (const next of node === undefined ? [] : nextNodes(node).toReversed()) follow(next, [...path, key]);
    sound.add(key);
  };
  follow(start, []);
}
