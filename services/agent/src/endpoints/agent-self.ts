import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { COMPATIBLE_VERSION, SERVER_PORT } from "../local/own-node.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "config" | "datacenter" | "datacenters" | "catalog"> & {
  readonly local: LocalAgent;
};

/** Serf's number for a member that is alive. */
const ALIVE = 1;

/** Who this agent is, and who else there is. */
export function agentSelfEndpoints(agent: Agent): readonly Endpoint[] {
  return [
    { path: "/v1/agent/self", methods: { GET: () => json(self(agent)) } },
    { path: "/v1/agent/members", methods: { GET: (request) => members(agent, request) } },
  ];
}

function self(agent: Agent): Record<string, unknown> {
  const { bus, config, datacenter, datacenters, catalog, local } = agent;
  const { primaryDatacenter } = bus;
  const { ID, Node, Meta } = local.node;
  return {
    Config: {
      Datacenter: datacenter,
      PrimaryDatacenter: primaryDatacenter,
      NodeName: Node,
      NodeID: ID,
      Revision: "causeway",
      Server: true,
      Version: COMPATIBLE_VERSION,
    },
    DebugConfig: {
      ACLsEnabled: agent.acl !== undefined,
      BindAddr: config.advertiseAddress,
      ConnectEnabled: true,
      Datacenter: datacenter,
      NodeID: ID,
      NodeName: Node,
      PrimaryDatacenter: primaryDatacenter,
      ServerMode: true,
    },
    Member: member(agent),
    Meta,
    Stats: {
      agent: {
        check_monitors: "0",
        check_ttls: String([...local.state.checks.values()].filter(({ method }) => method.kind === "ttl").length),
        checks: String(local.state.checks.size),
        services: String(local.state.services.size),
      },
      consul: {
        leader: String(catalog.current),
        server: "true",
        known_datacenters: String(datacenters.names().length),
      },
    },
    // Clients read from it which Envoy they may start; gateways and sidecars here are our own.
    xDS: { SupportedProxies: { envoy: [] } },
  };
}

function members(agent: Agent, { query }: ApiRequest): Answer {
  const segment = query.get("segment") ?? "";
  const wan = query.has("wan") && !["0", "false"].includes(query.get("wan") ?? "");
  if (wan && segment !== "") throw answered(400, "Cannot provide a segment with wan=true");
  if (!["", "_all"].includes(segment))
    throw answered(500, "Network segments are not supported in this version of Consul");
  return json([member(agent)]);
}

function member({ datacenter, local, config }: Agent): Record<string, unknown> {
  const { ID, Node, Address } = local.node;
  const tags = {
    role: "consul",
    dc: datacenter,
    id: ID,
    port: String(SERVER_PORT),
    build: COMPATIBLE_VERSION,
    segment: "",
  };
  return {
    Name: Node,
    Addr: config.advertiseAddress || Address,
    Port: SERVER_PORT + 1,
    Tags: tags,
    Status: ALIVE,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}
