import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import { runProxy } from "../run-proxy.ts";

type ProxyFlags = AgentFlags & { readonly sidecarFor?: string; readonly proxyId?: string; readonly adminBind?: string };

/** Adds `connect proxy`. @see https://developer.hashicorp.com/consul/commands/connect/proxy */
export function addConnectProxyCommand(connect: Command, context: Context): void {
  const command = connect.command("proxy").description("run the sidecar proxy of a registered service");
  withAgentFlags(command)
    .option("--sidecar-for <id>", "ID of the service instance that the proxy stands beside")
    .option("--proxy-id <id>", "ID of the proxy's own registration, when a service has several")
    .option("--admin-bind <address:port>", "admin port; the system chooses one on 127.0.0.1 when absent")
    .addHelpText(
      "after",
      "\nExamples:\n  causeway services register web.hcl\n  causeway connect proxy -sidecar-for web",
    )
    .action((flags: ProxyFlags) => run(flags, context));
}

async function run({ sidecarFor, proxyId, adminBind, ...flags }: ProxyFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = proxyId ?? sidecarFor ?? context.env["CONNECT_PROXY_ID"] ?? context.env["CONNECT_SIDECAR_FOR"];
  if (id === undefined) throw new CommandError("No proxy ID specified. One of -proxy-id or -sidecar-for is required");
  const known = proxyId ?? (sidecarFor === undefined ? context.env["CONNECT_PROXY_ID"] : undefined);
  await runProxy({ kind: "connect-proxy", proxyId: known ?? (await agent.sidecarOf(id)), adminBind }, agent, context);
}
