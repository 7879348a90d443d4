import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { CommonConfig } from "@causeway/runtime";
import type { AgentConfig } from "../config.ts";
import type { OwnNode } from "./sync-plan.ts";

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
