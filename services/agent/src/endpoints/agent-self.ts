import { COMPATIBLE_VERSION } from "@causeway/model";
import { tracesEndpoint } from "@causeway/runtime";
import type { AgentContext } from "../context.ts";
import { MembersElsewhere } from "../datacenters/members-elsewhere.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { type Member, memberJson } from "../render/member-json.ts";
import { membersIn } from "../views/members-in.ts";

type Agent = Pick<
  AgentContext,
  "acl" | "bus" | "catalog" | "clock" | "config" | "datacenter" | "datacenters" | "log"
> & {
  readonly local: LocalAgent;
};

/** Who this agent is, and who else there is. */
export function agentSelfEndpoints(agent: Agent): readonly Endpoint[] {
  const elsewhere = new MembersElsewhere({ ...agent, closing: agent.local.closing });
  return [
    { path: "/v1/agent/self", methods: { GET: () => json(self(agent)) } },
    { path: "/v1/agent/members", methods: { GET: (request) => members(agent, elsewhere, request) } },
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
      // Not Consul's: `causeway trace` reads it.
      TracesEndpoint: tracesEndpoint(),
    },
    Member: memberJson(ownMember(agent), "lan"),
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

async function members(agent: Agent, elsewhere: MembersElsewhere, request: ApiRequest): Promise<Answer> {
  const { query } = request;
  const segment = query.get("segment") ?? "";
  const wan = query.has("wan") && !["0", "false"].includes(query.get("wan") ?? "");
  if (wan && segment !== "") throw answered(400, "Cannot provide a segment with wan=true");
  if (!["", "_all"].includes(segment))
    throw answered(500, "Network segments are not supported in this version of Consul");
  if (!wan) return json(membersOf(agent).map((one) => memberJson(one, "lan")));
  return json([...membersOf(agent).map((one) => memberJson(one, "wan")), ...(await elsewhere.all(request))]);
}

/** This agent, the others of its datacenter, and those that are gone and not forgotten. */
function membersOf(agent: Agent): readonly Member[] {
  const { catalog, datacenter, local } = agent;
  const known = catalog.current ? membersIn(catalog.view) : [];
  const others = known.filter(({ node }) => node.Node !== local.node.Node);
  return [ownMember(agent), ...others.map((other) => ({ ...other, datacenter }))];
}

function ownMember({ datacenter, local, config }: Agent): Member {
  const { ID, Node, Address } = local.node;
  return { node: { ID, Node, Address: config.advertiseAddress || Address }, datacenter, status: "alive" };
}
