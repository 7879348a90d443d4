import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { type ProxyIdFlags, proxyIdOf } from "../proxy-id.ts";
import { runProxy } from "../run-proxy.ts";

type ProxyFlags = AgentFlags & ProxyIdFlags & { readonly adminBind?: string };

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

async function run(flags: ProxyFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const proxyId = await proxyIdOf(flags, agent, context.env);
  await runProxy({ kind: "connect-proxy", proxyId, adminBind: flags.adminBind }, agent, context);
}
