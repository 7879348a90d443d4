import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, collect, pairs, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { type ServiceDefinition, servicesIn } from "../service-definition.ts";

type RegisterFlags = AgentFlags & {
  readonly name?: string;
  readonly id?: string;
  readonly address?: string;
  readonly port?: string;
  readonly kind?: string;
  readonly tag?: string[];
  readonly meta?: string[];
};

/** Adds `services register|deregister`. @see https://developer.hashicorp.com/consul/commands/services */
export function addServicesCommands(program: Command, context: Context): void {
  const services = program
    .command("services")
    .description("register services with the local agent, and take them away again");
  withExamples(services, [
    "causeway services register web.hcl",
    "causeway services register /etc/consul.d",
    "causeway services register -name web -port 8080 -tag v1",
    "causeway services deregister -id web",
  ]);

  withAgentFlags(services.command("register [files...]"))
    .description("register the services that the flags, or files or folders of HCL or JSON, define")
    .option("--name <name>")
    .option("--id <id>", "the name when absent")
    .option("--address <address>", "the node's address when absent")
    .option("--port <port>")
    .option("--kind <kind>", "typical service when absent")
    .option("--tag <tag>", "may be given several times", collect)
    .option("--meta <key=value>", "may be given several times", collect)
    .action((files: string[], flags: RegisterFlags) => register(files, flags, context));
  withAgentFlags(services.command("deregister [files...]"))
    .description("deregister the service of -id, or those that files define")
    .option("--id <id>")
    .action((files: string[], flags: AgentFlags & { id?: string }) => deregister(files, flags, context));
}

async function register(files: readonly string[], flags: RegisterFlags, context: Context): Promise<void> {
  const definitions = files.length > 0 ? await servicesIn(files, context) : [definitionOf(flags)];
  for (const definition of definitions) {
    const answer = agentOf(flags, context).json("PUT", "/v1/agent/service/register", definition);
    await during(`Error registering service "${nameOf(definition)}"`, answer);
    context.out(`Registered service: ${nameOf(definition)}`);
  }
}

async function deregister(
  files: readonly string[],
  flags: AgentFlags & { id?: string },
  context: Context,
): Promise<void> {
  if (files.length === 0 && flags.id === undefined) {
    throw new CommandError("Service deregistration requires an -id or a file: causeway services deregister -id web");
  }
  if (files.length > 0 && flags.id !== undefined) {
    throw new CommandError("Service deregistration requires arguments or -id, not both.");
  }
  const definitions = await servicesIn(files, context);
  const ids = flags.id === undefined ? definitions.map((one) => String(one["ID"] ?? nameOf(one))) : [flags.id];
  for (const id of ids) {
    const answer = agentOf(flags, context).json("PUT", `/v1/agent/service/deregister/${encodeURIComponent(id)}`);
    await during(`Error deregistering service "${id}"`, answer);
    context.out(`Deregistered service: ${id}`);
  }
}

function definitionOf({ name, id, address, port, kind, tag, meta }: RegisterFlags): ServiceDefinition {
  if (name === undefined)
    throw new CommandError("Service registration requires a -name or a file: causeway services register web.hcl");
  if (port !== undefined && !/^\d{1,5}$/.test(port))
    throw new CommandError(`-port must be a number from 0 to 65535, not "${port}"`);
  return {
    Name: name,
    ...(id === undefined ? {} : { ID: id }),
    ...(kind === undefined ? {} : { Kind: kind }),
    ...(address === undefined ? {} : { Address: address }),
    ...(port === undefined ? {} : { Port: Number(port) }),
    ...(tag === undefined ? {} : { Tags: tag }),
    ...(meta === undefined ? {} : { Meta: pairs(meta) }),
  };
}

function nameOf(definition: ServiceDefinition): string {
  return String(definition["Name"] ?? "");
}
