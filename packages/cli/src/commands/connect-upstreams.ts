import type { Command } from "commander";
import { colours } from "../colours.ts";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { type ProxyIdFlags, proxyIdOf } from "../proxy-id.ts";
import { formatTable } from "../table.ts";
import type { UpstreamMode } from "../upstream-mode.ts";

type UpstreamsFlags = AgentFlags & ProxyIdFlags & { readonly format: string };

const EXAMPLE = `
Example:
  $ causeway connect upstreams -sidecar-for web
  Upstream    Listens on      Leads to    Mode   Set by                  Meaning
  api in dc2  127.0.0.1:9001  api in dc2  local  service-defaults "web"  through the mesh gateways of dc1`;

/** Adds `connect upstreams`: the gateway mode of each upstream of a sidecar, and who set it. Not Consul's. */
export function addConnectUpstreamsCommand(connect: Command, context: Context): void {
  const command = connect.command("upstreams").description("show how a sidecar reaches its upstreams, and who says so");
  withAgentFlags(command)
    .option("--sidecar-for <id>", "ID of the service instance whose sidecar is meant")
    .option("--proxy-id <id>", "ID of the proxy's own registration, when a service has several")
    .option("--format <format>", "table or json", "table")
    .addHelpText("after", EXAMPLE)
    .action((flags: UpstreamsFlags) => show(flags, context));
}

async function show(flags: UpstreamsFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const proxyId = await proxyIdOf(flags, agent, context.env);
  const path = `/v1/agent/connect/upstreams/${encodeURIComponent(proxyId)}`;
  const modes = await agent.json<UpstreamMode[]>("GET", path);
  if (flags.format === "json") return context.out(JSON.stringify(modes, undefined, 2));
  if (modes.length === 0) return context.out(`${proxyId} has no upstreams.`);
  context.out(formatTable([HEADING, ...modes.map(row)]));
}

const HEADING = ["Upstream", "Listens on", "Leads to", "Mode", "Set by", "Meaning"];

function row(mode: UpstreamMode): readonly string[] {
  return [
    place(mode.DestinationName, mode.Datacenter),
    `${mode.LocalBindAddress}:${mode.LocalBindPort}`,
    targetText(mode.Target),
    mode.Mode || "-",
    mode.SetBy,
    // The last column, where colours shift no other.
    coloured(mode),
  ];
}

function place(service: string, datacenter: string): string {
  return datacenter === "" ? service : `${service} in ${datacenter}`;
}

function targetText(target: UpstreamMode["Target"]): string {
  if (target === null) return "-";
  const { Service, ServiceSubset, Datacenter, Failover } = target;
  return `${Failover ? "else " : ""}${place(ServiceSubset === "" ? Service : `${ServiceSubset}.${Service}`, Datacenter)}`;
}

function coloured({ Target, Through, Meaning }: UpstreamMode): string {
  if (Target === null) return colours.red(Meaning);
  return Through === "" ? Meaning : colours.green(Meaning);
}
