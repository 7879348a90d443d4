import type { Command } from "commander";
import type { AgentClient } from "../agent-client.ts";
import { type AgentFlags, agentOf, type Context, collect, pairs, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import {
  type GatewayKind,
  type GatewayRequest,
  gatewayRegistration,
  kindOf,
  refuseExposedServers,
} from "../gateway-registration.ts";
import { runProxy } from "../run-proxy.ts";
import { evaluateAddress, systemAddresses } from "../sockaddr/index.ts";

type GatewayFlags = AgentFlags & {
  readonly gateway?: string;
  readonly register?: boolean;
  readonly service?: string;
  readonly proxyId?: string;
  readonly sidecarFor?: string;
  readonly address?: string;
  readonly wanAddress?: string;
  readonly bindAddress?: string[];
  readonly servicePorts?: string;
  readonly exposeServers?: boolean;
  readonly deregisterAfterCritical: string;
  readonly adminBind?: string;
};

/**
 * Adds `connect gateway`, also spelt `connect envoy` as in Consul: registers a gateway on request, and runs it.
 *
 * @see https://developer.hashicorp.com/consul/commands/connect/envoy
 */
export function addConnectGatewayCommand(connect: Command, context: Context): void {
  const command = connect.command("gateway").alias("envoy").description("run a gateway (Consul's `connect envoy`)");
  withAgentFlags(command)
    .option("--gateway <kind>", "terminating, mesh or ingress")
    .option("--register", "register the gateway with the agent first")
    .option("--service <name>", "name of the gateway in the catalog; its kind and -gateway when absent")
    .option(
      "--proxy-id <id>",
      "ID of the gateway's registration, perhaps with a go-sockaddr template; the service name when absent",
    )
    .option("--sidecar-for <id>", "run the sidecar proxy of this service instead, as `connect proxy` does")
    .option(
      "--address <address>",
      "LAN address to register, a go-sockaddr template or host:port; port 8443 when absent",
    )
    .option("--wan-address <address>", "WAN address to register")
    .option(
      "--bind-address <name=address:port>",
      "bind here instead of the LAN address; may be given several times",
      collect,
    )
    .option(
      "--service-ports <first-last>",
      "ports to open for one linked service each, for callers that send no SNI, as Consul's own proxies do",
    )
    .option("--expose-servers", "refused: the control plane is on the bus, not behind gateways")
    .option("--deregister-after-critical <duration>", "forget a gateway that has been down so long", "6h")
    .option("--admin-bind <address:port>", "admin port; the system chooses one on 127.0.0.1 when absent")
    .addHelpText("after", EXAMPLES)
    .action((flags: GatewayFlags) => run(flags, context));
}

const EXAMPLES = `
Examples:
  causeway connect envoy -gateway=terminating -register -service us-west-gateway \\
    -address '{{ GetInterfaceIP "eth0" }}:8443'
  causeway connect envoy -gateway=mesh -register -service gateway-dc1 -address 10.0.0.7:8443 -wan-address 203.0.113.7:443
  causeway connect envoy -gateway=ingress -register -service ingress -address 10.0.0.7:8888
  causeway connect gateway -gateway=terminating -service us-west-gateway     # registered before, or by someone else
  causeway connect gateway -gateway=terminating -register -service us-west-gateway -proxy-id us-west-2 \\
    -address 10.0.0.7:8444                                                   # one more replica on the same host`;

async function run(flags: GatewayFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  if (flags.gateway === undefined) return runSidecar(agent, flags, context);
  const kind = kindOf(flags.gateway);
  const named = { ...flags, ...(flags.proxyId === undefined ? {} : { proxyId: filledIn(flags.proxyId) }) };
  if (flags.exposeServers === true) refuseExposedServers(kind, flags.register === true);
  const service = flags.service ?? kind;
  const proxyId =
    flags.register === true ? await register(agent, kind, service, named, context) : await lookUp(agent, kind, named);
  await runProxy({ kind, proxyId, adminBind: flags.adminBind }, agent, context);
}

/** Replicas that are started by the same command line, as containers are, tell themselves apart by their addresses. */
function filledIn(proxyId: string): string {
  return evaluateAddress(proxyId, systemAddresses());
}

async function runSidecar(agent: AgentClient, flags: GatewayFlags, context: Context): Promise<void> {
  if (flags.register === true) throw new CommandError("Auto-Registration can only be used for gateways");
  const { sidecarFor, proxyId, adminBind } = flags;
  if (sidecarFor === undefined && proxyId === undefined) {
    throw new CommandError("No proxy ID specified. One of -proxy-id, -sidecar-for, or -gateway is required");
  }
  const id = proxyId ?? (await agent.sidecarOf(sidecarFor ?? ""));
  await runProxy({ kind: "connect-proxy", proxyId: id, adminBind }, agent, context);
}

async function register(
  agent: AgentClient,
  kind: GatewayKind,
  service: string,
  flags: GatewayFlags,
  context: Context,
): Promise<string> {
  const request: GatewayRequest = {
    kind,
    service,
    proxyId: flags.proxyId ?? service,
    address: flags.address ?? "",
    wanAddress: flags.wanAddress,
    bindAddresses: pairs(flags.bindAddress),
    servicePorts: flags.servicePorts,
    deregisterAfter: flags.deregisterAfterCritical,
  };
  const registration = gatewayRegistration(request, systemAddresses());
  await agent.json("PUT", "/v1/agent/service/register", registration);
  context.err(`Registered service: ${service}`);
  return request.proxyId;
}

/** The registered gateway that is meant when no ID is given: the only one of its kind, or of that name. */
async function lookUp(agent: AgentClient, kind: GatewayKind, { proxyId, service }: GatewayFlags): Promise<string> {
  if (proxyId !== undefined) return proxyId;
  const found = (await agent.services()).filter(
    (one) => one.Kind === kind && (service === undefined || one.Service === service || one.ID === service),
  );
  const [only] = found;
  if (only === undefined) {
    throw new CommandError(`No ${kind} services registered with this agent: add -register, or register it first`);
  }
  if (found.length > 1) {
    const ids = found.map(({ ID }) => ID).join(", ");
    throw new CommandError(`More than one ${kind} is registered with this agent (${ids}): say which by -proxy-id`);
  }
  return only.ID;
}
