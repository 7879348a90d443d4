import type { Ways } from "./carrying.ts";
import { type Carrier, Direction, type First } from "./direction.ts";

/** Both ways between two sockets whose bytes are carried as they are; `first` is what the client had sent before. */
export function plainWays(client: number, upstream: number, first: First | undefined, carrier: Carrier): Ways {
  return {
    toUpstream: new Direction(client, upstream, carrier, first),
    toClient: new Direction(upstream, client, carrier),
  };
}
