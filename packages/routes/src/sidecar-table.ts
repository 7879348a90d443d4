import { byText } from "./order.ts";
import type { RouteTable, Unavailable } from "./route.ts";
import type { CompiledListener } from "./sidecar-public.ts";

/** A sidecar's whole table: its public listener and its upstreams, in any order. */
export function sidecarTable(parts: readonly CompiledListener[], unavailable: readonly Unavailable[] = []): RouteTable {
  return {
    listeners: parts
      .flatMap(({ listener }) => (listener === undefined ? [] : [listener]))
      .sort((a, b) => byText(a.name, b.name)),
    unavailable: [...unavailable, ...parts.flatMap((part) => part.unavailable)].sort(
      (a, b) => byText(a.name, b.name) || byText(a.reason, b.reason),
    ),
  };
}
