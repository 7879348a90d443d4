import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";

type Flags = AgentFlags & {
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly reason?: string;
  readonly service?: string;
};

type Check = { readonly CheckID: string; readonly Notes: string; readonly Node: string; readonly ServiceID: string };

/** Adds `maint`. @see https://developer.hashicorp.com/consul/commands/maint */
export function addMaintCommand(program: Command, context: Context): void {
  withAgentFlags(program.command("maint"))
    .description("take the local node, or one of its services, out of service; without flags, tell what is")
    .option("--enable", "begin maintenance")
    .option("--disable", "end maintenance")
    .option("--reason <text>", "why; whoever looks at the checks reads it")
    .option("--service <id>", "this service instance instead of the whole node")
    .addHelpText(
      "after",
      `
Examples:
  causeway maint -enable -reason "new disk"
  causeway maint -enable -service web
  causeway maint -disable
  causeway maint`,
    )
    .action((flags: Flags) => maint(flags, context));
}

async function maint(flags: Flags, context: Context): Promise<void> {
  const { enable = false, disable = false, reason = "", service = "" } = flags;
  if (enable && disable) throw new CommandError("Only one of -enable or -disable may be provided");
  if (!enable && reason !== "") throw new CommandError("Reason may only be provided with -enable");
  if (!enable && !disable && service !== "") throw new CommandError("-service requires either -enable or -disable");
  if (!enable && !disable) return await list(flags, context);
  const query = new URLSearchParams({ enable: String(enable), ...(reason === "" ? {} : { reason }) });
  const path = service === "" ? "maintenance" : `service/maintenance/${encodeURIComponent(service)}`;
  await agentOf(flags, context).json("PUT", `/v1/agent/${path}?${query}`);
  const state = enable ? "enabled" : "disabled";
  context.out(
    service === "" ? `Node maintenance is now ${state}` : `Service maintenance is now ${state} for "${service}"`,
  );
}

async function list(flags: Flags, context: Context): Promise<void> {
  const checks = await agentOf(flags, context).json<Record<string, Check>>("GET", "/v1/agent/checks");
  for (const { CheckID, Notes, Node, ServiceID } of Object.values(checks)) {
    if (CheckID === "_node_maintenance") context.out(`Node:\n  Name:   ${Node}\n  Reason: ${Notes}\n`);
    else if (CheckID.startsWith("_service_maintenance:"))
      context.out(`Service:\n  ID:     ${ServiceID}\n  Reason: ${Notes}\n`);
  }
}
