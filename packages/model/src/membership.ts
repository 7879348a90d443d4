import type { CatalogCheck, CatalogService } from "./catalog.ts";
import { type Static, Type } from "./schema.ts";

/** The check by which a node counts as having a live agent. */
export const SERF_CHECK = "serfHealth";

/** The service under which every datacenter's servers are registered. */
export const SERVER_SERVICE = "consul";

/** Where Consul's clients expect a server's RPC; nothing listens there, since a datacenter's state is on the bus. */
export const SERVER_PORT = 8_300;

/** The release whose API is spoken here. */
export const COMPATIBLE_VERSION = "1.8.7";

/** An agent that is alive, as Consul's servers hear of it by gossip: which node it is, and where. */
export const JoinRequest = Type.Object({
  ID: Type.String({ description: "The node's UUID." }),
  Node: Type.String({ minLength: 1 }),
  Address: Type.String({ minLength: 1 }),
});
export type JoinRequest = Static<typeof JoinRequest>;

/** The server of a datacenter, as it stands in the catalog under each agent's node. */
export function serverService(): Omit<CatalogService, "CreateIndex" | "ModifyIndex"> {
  return {
    Kind: "",
    ID: SERVER_SERVICE,
    Service: SERVER_SERVICE,
    Tags: [],
    Address: "",
    Port: SERVER_PORT,
    Meta: {
      non_voter: "false",
      raft_version: "3",
      serf_protocol_current: "2",
      serf_protocol_max: "5",
      serf_protocol_min: "1",
      version: COMPATIBLE_VERSION,
    },
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: {},
    Connect: {},
  };
}

/** The check that says of a node that its agent is alive. */
export function serfCheck(node: string): Omit<CatalogCheck, "CreateIndex" | "ModifyIndex"> {
  return {
    Node: node,
    CheckID: SERF_CHECK,
    Name: "Serf Health Status",
    Status: "passing",
    Notes: "",
    Output: "Agent alive and reachable",
    ServiceID: "",
    ServiceName: "",
    ServiceTags: [],
    Type: "",
    Definition: {},
  };
}
