import { Command, CommanderError } from "commander";
import { addAgentCommand } from "./agent/command.ts";
import { normaliseArguments } from "./argv.ts";
import { colours } from "./colours.ts";
import { addAbsentCommands } from "./commands/absent.ts";
import { addAclCommands } from "./commands/acl.ts";
import { addBusCommands } from "./commands/bus.ts";
import { addCatalogCommands } from "./commands/catalog.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addConfigCommands } from "./commands/config.ts";
import { addConnectCommands } from "./commands/connect.ts";
import { addEventCommand } from "./commands/event.ts";
import { addExplainCommands } from "./commands/explain.ts";
import { addFederationCommands } from "./commands/federation.ts";
import { addForceLeaveCommand } from "./commands/force-leave.ts";
import { addInfoCommand } from "./commands/info.ts";
import { addIntentionCommands } from "./commands/intention.ts";
import { addKvCommands } from "./commands/kv.ts";
import { addLeaveCommand } from "./commands/leave.ts";
import { addMaintCommand } from "./commands/maint.ts";
import { addMembersCommand } from "./commands/members.ts";
import { addMonitorCommand } from "./commands/monitor.ts";
import { addOperatorCommands } from "./commands/operator.ts";
import { addReloadCommand } from "./commands/reload.ts";
import { addRoutesCommand } from "./commands/routes.ts";
import { addServicesCommands } from "./commands/services.ts";
import { addSnapshotCommands } from "./commands/snapshot.ts";
import { addTlsCommands } from "./commands/tls.ts";
import { addTraceCommand } from "./commands/trace.ts";
import { addTroubleshootCommands } from "./commands/troubleshoot.ts";
import { addValidateCommand } from "./commands/validate.ts";
import { addVersionCommand } from "./commands/version.ts";
import { addWatchCommand } from "./commands/watch.ts";
import type { Context, RunCommandLine } from "./context.ts";
import { addDevCommand } from "./dev/command.ts";
import { CommandError } from "./errors.ts";

/** The status of a command that was spelt wrongly, as in Consul. */
const USAGE_ERROR = 1;

/** The status of a command that does not exist, as in Consul and in shells. */
const NO_SUCH_COMMAND = 127;

/** Builds the whole `causeway` command, for a command line as it was typed. */
export function buildProgram(context: Context, given: readonly string[] = []): Command {
  const program = new Command("causeway");
  program.description("a service-mesh gateway: Consul's commands, over NATS");
  program.configureOutput({
    // Each ends its line, and the library ends its texts as well.
    writeOut: (text) => context.out(text.replace(/\n$/, "")),
    writeErr: (text) => context.err(text.replace(/\n$/, "")),
    outputError: (text, write) => write(text.trim()),
  });
  program.exitOverride();
  program.enablePositionalOptions();
  addAbsentCommands(program);
  addAgentCommand(program, context);
  addAclCommands(program, context);
  addBusCommands(program, context);
  addCatalogCommands(program, context);
  addCompletionCommand(program, context);
  addConfigCommands(program, context);
  addConnectCommands(program, context);
  addDevCommand(program, context, runCommandLine);
  addEventCommand(program, context);
  addExplainCommands(program, context);
  addFederationCommands(program, context);
  addForceLeaveCommand(program, context);
  addInfoCommand(program, context);
  addIntentionCommands(program, context);
  addKvCommands(program, context);
  addLeaveCommand(program, context);
  addMaintCommand(program, context);
  addMembersCommand(program, context);
  addMonitorCommand(program, context);
  addOperatorCommands(program, context);
  addReloadCommand(program, context);
  addRoutesCommand(program, context);
  addServicesCommands(program, context);
  addSnapshotCommands(program, context);
  addValidateCommand(program, context);
  addTlsCommands(program, context);
  addTraceCommand(program, context);
  addTroubleshootCommands(program, context);
  addVersionCommand(program, context);
  addWatchCommand(program, context, given);
  // Set last: the commands above have taken the one before, and a command of theirs that does not exist is a mistake like any other.
  program.exitOverride((error) => {
    throw error.code === "commander.unknownCommand" ? new CommandError("", NO_SUCH_COMMAND) : error;
  });
  return program;
}

/** Runs one command line, without the program's own name, and gives its exit status. Flags may have one dash or two. */
export const runCommandLine: RunCommandLine = async (given, context) => {
  try {
    await buildProgram(context, given).parseAsync(normaliseArguments(given), { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    if (!(error instanceof CommandError)) throw error;
    // A command that has said already what is to be said fails without a text.
    if (error.message !== "") context.err(colours.red(error.message));
    return error.exitCode;
  }
};
