import type { CatalogCheck, CatalogService } from "./catalog.ts";
import { type Static, Type } from "./schema.ts";
import { keyToken } from "./tokens.ts";

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

/** What an agent says again and again for as long as it runs. Another one with its name has another ID. */
export const AgentBeat = Type.Object({
  ID: Type.String({ minLength: 1, description: "The UUID of its node." }),
  IntervalMs: Type.Integer({ minimum: 1, maximum: 600_000, description: "When the next one follows." }),
});
export type AgentBeat = Static<typeof AgentBeat>;

/** The subject on which the agents of a datacenter say that they are alive: `causeway.<datacenter>.alive`. */
export function aliveSubject(datacenter: string): string {
  return `causeway.${keyToken(datacenter)}.alive`;
}

/** What is known of an agent: it is heard, it was asked to go, or nobody hears it any more. */
const AGENT_STATUSES = ["alive", "left", "failed"] as const;

/** Key `agent.<node>`: an agent that has been heard, and since when, in milliseconds since 1970, it is what it is. */
export const AgentRecord = Type.Object({
  ...JoinRequest.properties,
  Status: Type.Enum(AGENT_STATUSES),
  SinceMs: Type.Integer(),
});
export type AgentRecord = Static<typeof AgentRecord>;

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

/** The check that says of a node whether its agent is alive. */
export function serfCheck(
  node: string,
  agent: "alive" | "failed" = "alive",
): Omit<CatalogCheck, "CreateIndex" | "ModifyIndex"> {
  return {
    Node: node,
    CheckID: SERF_CHECK,
    Name: "Serf Health Status",
    Status: agent === "alive" ? "passing" : "critical",
    Notes: "",
    Output: agent === "alive" ? "Agent alive and reachable" : "Agent not live or unreachable",
    ServiceID: "",
    ServiceName: "",
    ServiceTags: [],
    Type: "",
    Definition: {},
  };
}
