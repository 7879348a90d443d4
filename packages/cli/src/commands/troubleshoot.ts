import type { Command } from "commander";
import type { Context } from "../context.ts";
import { withExamples } from "../examples.ts";
import { addTroubleshootConnectionCommand } from "./troubleshoot-connection.ts";
import { addTroubleshootUpstreamCommand } from "./troubleshoot-upstream.ts";

/**
 * Adds `troubleshoot upstream|connection`; `upstreams` and `proxy`, as Consul has them since 1.15, are the first by other names.
 *
 * @see https://developer.hashicorp.com/consul/commands/troubleshoot
 */
export function addTroubleshootCommands(program: Command, context: Context): void {
  const troubleshoot = program.command("troubleshoot").description("say why a service can or cannot reach another");
  withExamples(troubleshoot, [
    "causeway troubleshoot upstream -service web -destination api",
    "causeway troubleshoot upstream -sidecar web-sidecar-proxy -destination api -datacenter dc2 -format=json",
    "causeway troubleshoot connection web",
    "causeway troubleshoot connection us-west-gateway -source web",
  ]);
  addTroubleshootUpstreamCommand(troubleshoot, context);
  addTroubleshootConnectionCommand(troubleshoot, context);
}
