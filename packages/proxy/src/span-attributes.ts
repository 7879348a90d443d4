import type { Failover } from "./failover.ts";

/** What a connection's span tells of it, where that is known. */
export type SpanFacts = {
  readonly serverName?: string | undefined;
  /** Name of the route. */
  readonly destination?: string | undefined;
  readonly source?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly target?: string | undefined;
  readonly failover?: Failover | undefined;
};

/** The attributes of a connection's span beside the client's address. */
export function spanAttributes(facts: SpanFacts): Record<string, string> {
  const { serverName, destination, source, endpoint, target, failover } = facts;
  return {
    ...(serverName === undefined ? {} : { "tls.client.server_name": serverName }),
    ...(destination === undefined ? {} : { "mesh.destination": destination }),
    ...(source === undefined ? {} : { "mesh.source": source }),
    ...(endpoint === undefined ? {} : { "network.peer.endpoint": endpoint }),
    ...(target === undefined ? {} : { "mesh.target": target }),
    ...(failover === undefined ? {} : { "mesh.failover.code": failover.code, "mesh.failover.reason": failover.reason }),
  };
}
