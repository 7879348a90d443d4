import { type CatalogNode, COMPATIBLE_VERSION, SERVER_PORT } from "@causeway/model";
import type { Json } from "./catalog-json.ts";

/** An agent, and whether it is alive. */
export type Member = {
  readonly node: Pick<CatalogNode, "ID" | "Node" | "Address">;
  readonly datacenter: string;
  readonly status: keyof typeof STATUSES;
};

/** Serf's numbers for what becomes of members. */
const STATUSES = { alive: 1, left: 3, failed: 4 } as const;

/** Serf's ports. */
const LAN_PORT = SERVER_PORT + 1;
const WAN_PORT = SERVER_PORT + 2;

/** A member as an agent tells of those of its own datacenter. */
export type StoredMember = Json & { readonly Name: string; readonly Tags: Readonly<Record<string, string>> };

/** The same member among those of all datacenters. */
export function wanMember(member: StoredMember): Json {
  return { ...member, Name: `${member.Name}.${member.Tags["dc"] ?? ""}`, Port: WAN_PORT };
}

/** An agent as gossip would tell of it: among those of all datacenters its name ends in its own one. */
export function memberJson({ node, datacenter, status }: Member, pool: "lan" | "wan"): Json {
  return {
    Name: pool === "wan" ? `${node.Node}.${datacenter}` : node.Node,
    Addr: node.Address,
    Port: pool === "wan" ? WAN_PORT : LAN_PORT,
    Tags: {
      role: "consul",
      dc: datacenter,
      id: node.ID,
      port: String(SERVER_PORT),
      build: COMPATIBLE_VERSION,
      segment: "",
    },
    Status: STATUSES[status],
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}
