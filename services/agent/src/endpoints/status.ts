import type { AgentContext } from "../context.ts";
import { type Endpoint, json, text } from "../http/endpoint.ts";

/** Where Consul's clients expect a server; nothing listens there, since this datacenter's state is on the bus. */
const SERVER_ADDRESS = "127.0.0.1:8300";

/** Who leads: "" until the catalog can be read. What asks for the servers that vote is told of one, the bus. */
export function statusEndpoints({
  catalog,
  config,
  datacenter,
}: Pick<AgentContext, "catalog" | "config" | "datacenter">): readonly Endpoint[] {
  const server = { ID: datacenter, Node: config.nodeName, Address: SERVER_ADDRESS, ProtocolVersion: "3", Voter: true };
  return [
    { path: "/v1/status/leader", methods: { GET: () => json(catalog.current ? SERVER_ADDRESS : "") } },
    { path: "/v1/status/peers", methods: { GET: () => json(catalog.current ? [SERVER_ADDRESS] : []) } },
    {
      path: "/v1/operator/raft/configuration",
      methods: { GET: () => json({ Servers: catalog.current ? [{ ...server, Leader: true }] : [], Index: 0 }) },
    },
    {
      path: "/",
      methods: { GET: () => text(200, `Causeway agent of datacenter ${datacenter}; its API is under /v1/\n`) },
    },
  ];
}
