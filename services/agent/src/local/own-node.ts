import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { CommonConfig } from "@causeway/runtime";
import type { AgentConfig } from "../config.ts";
import type { LocalCheck, LocalService } from "./local-service.ts";
import type { LocalSnapshot } from "./local-state.ts";
import type { OwnNode } from "./sync-plan.ts";

/** The check by which a node counts as having a live agent. */
export const SERF_CHECK = "serfHealth";

/** The service under which every datacenter's servers are registered. */
export const SERVER_SERVICE = "consul";

/** Where Consul's clients expect a server's RPC; nothing listens there, since this datacenter's state is on the bus. */
export const SERVER_PORT = 8_300;

/** The release whose API this agent speaks. */
export const COMPATIBLE_VERSION = "1.8.7";

/** What of the configuration says which node this is. */
export type NodeConfig = Pick<
  AgentConfig & CommonConfig,
  "nodeName" | "nodeId" | "nodeMeta" | "advertiseAddress" | "dataDir"
>;

/** The node that this agent stands for. A UUID that is not told is made once and kept in `dataDir`; without a folder it is new each time. */
export async function ownNode(config: NodeConfig): Promise<OwnNode> {
  const { nodeName: name, nodeId, nodeMeta, advertiseAddress: address, dataDir } = config;
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  return {
    ID: nodeId ?? (dataDir === undefined ? randomUUID() : await keptId(join(dataDir, "node-id"))),
    Node: name,
    Address: address,
    TaggedAddresses: { lan: address, [`lan_${family}`]: address, wan: address, [`wan_${family}`]: address },
    Meta: { ...nodeMeta, "consul-network-segment": "" },
  };
}

async function keptId(path: string): Promise<string> {
  const kept = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (kept !== undefined) return kept.trim();
  const id = randomUUID();
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, id);
  return id;
}

/** What an agent registers besides what it is asked to: that it is alive, and the datacenter's server. */
export function withOwnRegistrations({ services, checks }: LocalSnapshot, node: string): LocalSnapshot {
  return {
    services: new Map([[SERVER_SERVICE, serverService()], ...services]),
    checks: new Map([[SERF_CHECK, serfCheck(node)], ...checks]),
  };
}

function serverService(): LocalService {
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

function serfCheck(node: string): LocalCheck {
  return {
    check: {
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
    },
    method: { kind: "alias", node, service: "" },
    successBeforePassing: 0,
    failuresBeforeWarning: 0,
    failuresBeforeCritical: 0,
    deregisterAfterMs: 0,
  };
}
