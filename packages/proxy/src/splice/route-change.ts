import type { Route } from "@causeway/routes";
import type { Matching } from "../listener-routes.ts";
import type { RouteChange } from "./protocol.ts";

/** What is new in `after`, so that the cost of handing it over follows the change; "nothing" when it comes to the same. */
export function changeBetween(before: Matching | undefined, after: Matching | undefined): RouteChange | "nothing" {
  if (after === undefined) return before === undefined ? "nothing" : undefined;
  if (after.by === "listener") {
    return before?.by === "listener" && before.route === after.route
      ? "nothing"
      : { by: "listener", route: after.route };
  }
  const known: ReadonlyMap<string, Route> = before?.by === "sni" ? before.routes : new Map();
  const set = [...after.routes].filter(([name, route]) => known.get(name) !== route);
  const gone = [...known.keys()].filter((name) => !after.routes.has(name));
  if (before?.by === "sni" && set.length === 0 && gone.length === 0) return "nothing";
  return { by: "sni", set, gone };
}

/** What `before` becomes by a change. */
export function changed(before: Matching | undefined, change: RouteChange): Matching | undefined {
  if (change === undefined) return undefined;
  if (change.by === "listener") return change;
  const routes = new Map(before?.by === "sni" ? before.routes : []);
  for (const name of change.gone) routes.delete(name);
  for (const [name, route] of change.set) routes.set(name, route);
  return { by: "sni", routes };
}
