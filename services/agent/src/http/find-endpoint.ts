import type { Endpoint } from "./endpoint.ts";

/** The endpoint that a path leads to: its own, or else the one with the longest path that it is under. */
export function findEndpoint(endpoints: readonly Endpoint[], path: string): Endpoint | undefined {
  const own = endpoints.find((endpoint) => endpoint.path === path);
  if (own !== undefined) return own;
  const over = endpoints.filter((endpoint) => endpoint.path.endsWith("/") && endpoint.path !== "/");
  const leading = over.filter((endpoint) => path.startsWith(endpoint.path));
  return leading.toSorted((a, b) => b.path.length - a.path.length)[0];
}
