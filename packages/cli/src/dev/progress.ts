import { setInterval as every } from "node:timers/promises";
import { colours } from "../colours.ts";

/** Hands on what `done` comes to, and counts it as waited for under `name` until then. */
export type WaitFor = <T>(name: string, done: Promise<T>) => Promise<T>;

const SECONDS = 3;

/** Does `work`, and says every few seconds what it is still waiting for. */
export async function sayingProgress<T>(
  say: (line: string) => void,
  work: (waitFor: WaitFor) => Promise<T>,
): Promise<T> {
  const awaited = new Set<string>();
  const over = new AbortController();
  void sayRegularly(awaited, say, over.signal);
  try {
    return await work(async (name, done) => {
      awaited.add(name);
      const result = await done;
      awaited.delete(name);
      return result;
    });
  } finally {
    over.abort();
  }
}

async function sayRegularly(
  awaited: ReadonlySet<string>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of every(SECONDS * 1_000, undefined, { signal })) {
      say(colours.dim(`waiting for ${[...awaited].join(", ")} …`));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
