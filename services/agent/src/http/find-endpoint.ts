import type { Endpoint } from "./endpoint.ts";

/** Gives what finds the endpoint that a path leads to: its own, or else the one with the longest path that it is under. */
export function endpointFinder(endpoints: readonly Endpoint[]): (path: string) => Endpoint | undefined {
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  const over = endpoints
    .filter(({ path }) => path.endsWith("/") && path !== "/")
    .toSorted((a, b) => b.path.length - a.path.length);
  return (path) => byPath.get(path) ?? over.find((endpoint) => path.startsWith(endpoint.path));
}
