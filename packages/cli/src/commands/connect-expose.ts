import type { Command } from "commander";
import type { AgentClient } from "../agent-client.ts";
import { type AgentFlags, agentOf, type Context, collect, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { exposed, type IngressEntry, type ToExpose } from "../ingress-entry.ts";

type ExposeFlags = AgentFlags & {
  readonly ingressGateway?: string;
  readonly service?: string;
  readonly port?: string;
  readonly protocol: string;
  readonly host?: string[];
};

const EXAMPLES = `
Examples:
  causeway connect expose -service=web -ingress-gateway=ingress -port=8888
  causeway connect expose -service=web -ingress-gateway=ingress -port=8080 -protocol=http -host=web.example.com`;

/** Adds `connect expose`. @see https://developer.hashicorp.com/consul/commands/connect/expose */
export function addConnectExposeCommand(connect: Command, context: Context): void {
  withAgentFlags(connect.command("expose"))
    .description("let an ingress gateway listen for a service, and let it call that service")
    .option("--service <name>", "the service")
    .option("--ingress-gateway <name>", "the gateway's name in the catalog")
    .option("--port <port>", "the port that the gateway listens on")
    .option("--protocol <protocol>", "what is spoken there: tcp, http, http2 or grpc", "tcp")
    .option("--host <name>", "host name that leads to the service as well; may be given several times", collect)
    .addHelpText("after", EXAMPLES)
    .action((flags: ExposeFlags) => expose(flags, context));
}

async function expose(flags: ExposeFlags, context: Context): Promise<void> {
  const { gateway, request } = requestOf(flags);
  const agent = agentOf(flags, context);
  const { entry, updated } = exposed(await entryOf(agent, gateway), request);
  if (updated)
    context.out(`Updating service definition for "${request.service}" on listener with port ${request.port}`);
  const path = `/v1/config?cas=${entry.ModifyIndex ?? 0}`;
  if (!(await during("Error writing ingress config entry", agent.json<boolean>("PUT", path, entry)))) {
    throw new CommandError("Ingress config entry was changed while attempting to update, please try again.");
  }
  context.out(`Successfully updated config entry for ingress service "${gateway}"`);
  await allow(agent, gateway, request.service, context);
}

function requestOf(flags: ExposeFlags): { readonly gateway: string; readonly request: ToExpose } {
  const { service, ingressGateway: gateway, port = "0", protocol, host: hosts = [] } = flags;
  if (service === undefined) throw new CommandError("A service name must be given via the -service flag.");
  if (gateway === undefined) {
    throw new CommandError("An ingress gateway service must be given via the -ingress-gateway flag.");
  }
  if (!/^\d+$/.test(port) || Number(port) > 65_535)
    throw new CommandError(`-port must be from 1 to 65535, not "${port}"`);
  if (Number(port) === 0) throw new CommandError("A port must be provided via the -port flag.");
  return { gateway, request: { service, port: Number(port), protocol, hosts } };
}

async function entryOf(agent: AgentClient, name: string): Promise<IngressEntry> {
  const { status, text } = await agent.ask("GET", `/v1/config/ingress-gateway/${encodeURIComponent(name)}`);
  if (status === 404) return { Kind: "ingress-gateway", Name: name };
  if (status < 300) return JSON.parse(text) as IngressEntry;
  const reason = `Unexpected response code: ${status} (${text.trim()})`;
  throw new CommandError(`Error fetching existing ingress gateway configuration: ${reason}`);
}

/** Lets the gateway call the service. */
async function allow(agent: AgentClient, SourceName: string, DestinationName: string, context: Context): Promise<void> {
  const pair = `"${SourceName}" -> "${DestinationName}"`;
  const path = `/v1/connect/intentions/exact?${new URLSearchParams({ source: SourceName, destination: DestinationName })}`;
  const { status, text } = await agent.ask("GET", path);
  if (status >= 300 && status !== 404) {
    throw new CommandError(`Error looking up existing intention: Unexpected response code: ${status} (${text.trim()})`);
  }
  if (status !== 404 && (JSON.parse(text) as { readonly Action?: string }).Action === "allow") {
    return context.out(`Intention already exists for ${pair}`);
  }
  await during("Error upserting intention", agent.json("PUT", path, { SourceType: "consul", Action: "allow" }));
  context.out(`Successfully set up intention for ${pair}`);
}
