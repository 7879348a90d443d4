import type { Command } from "commander";
import { readConfigFile } from "../config-file.ts";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";

type Named = AgentFlags & { readonly kind?: string; readonly name?: string };
type Deletion = Named & CompareAndSet & { readonly filename?: string };
type CompareAndSet = { readonly cas?: boolean; readonly modifyIndex?: string };

/** Adds `config write|read|list|delete`. @see https://developer.hashicorp.com/consul/commands/config */
export function addConfigCommands(program: Command, context: Context): void {
  const config = program.command("config").description("write, read, list and delete config entries");
  withExamples(config, [
    "causeway config write terminating-gateway.hcl",
    "causeway config read -kind terminating-gateway -name us-west-gateway",
    "causeway config list -kind service-defaults",
    "causeway config delete -kind service-defaults -name web",
    "causeway config delete -filename web.hcl",
  ]);

  withAgentFlags(config.command("write <file>"))
    .description('write the entry in an HCL or JSON file, or on standard input when the file is "-"')
    .option("--cas", "write only if the entry is still at -modify-index")
    .option("--modify-index <index>", "the ModifyIndex that -cas compares with; 0 means that the entry must not exist")
    .action((file: string, flags: AgentFlags & CompareAndSet) => write(file, flags, context));
  withAgentFlags(config.command("read"))
    .description("print an entry as JSON")
    .option("--kind <kind>")
    .option("--name <name>")
    .action((flags: Named) => read(flags, context));
  withAgentFlags(config.command("list"))
    .description("print the names of all entries of a kind")
    .option("--kind <kind>")
    .action((flags: Named) => list(flags, context));
  withAgentFlags(config.command("delete"))
    .description("delete an entry; deleting one that is not there succeeds")
    .option("--kind <kind>")
    .option("--name <name>")
    .option("--filename <file>", 'instead of both, the HCL or JSON file of the entry, or "-"')
    .option("--cas", "delete only if the entry is still at -modify-index")
    .option("--modify-index <index>", "the ModifyIndex that -cas compares with")
    .action((flags: Deletion) => remove(flags, context));
}

async function write(file: string, flags: AgentFlags & CompareAndSet, context: Context): Promise<void> {
  const { value: entry, located } = await readConfigFile(file, context);
  const { kind, name } = namesIn(entry);
  const { status, text } = await agentOf(flags, context).ask("PUT", `/v1/config${casQuery(flags)}`, entry);
  if (status >= 300) {
    throw new CommandError(
      `Error writing config entry ${kind}/${name}: Unexpected response code: ${status} (${located(text.trim())})`,
    );
  }
  if (text.trim() !== "true") {
    throw new CommandError(
      `Config entry not updated: ${kind}/${name}: it is no longer at index ${flags.modifyIndex ?? "0"}`,
    );
  }
  context.out(`Config entry written: ${kind}/${name}`);
}

async function read(flags: Named, context: Context): Promise<void> {
  const { kind, name } = required(flags);
  const answer = agentOf(flags, context).json<unknown>("GET", entryPath(kind, name));
  context.out(JSON.stringify(await during(`Error reading config entry ${kind}/${name}`, answer), undefined, 4));
}

async function list(flags: Named, context: Context): Promise<void> {
  if (flags.kind === undefined) throw new CommandError("Must specify the -kind parameter");
  const path = `/v1/config/${encodeURIComponent(flags.kind)}`;
  const entries = agentOf(flags, context).json<{ Name: string }[]>("GET", path);
  const problem = `Error listing config entries for kind "${flags.kind}"`;
  for (const { Name } of await during(problem, entries)) context.out(Name);
}

async function remove(flags: Deletion, context: Context): Promise<void> {
  const { kind, name } = await named(flags, context);
  const path = `${entryPath(kind, name)}${casQuery(flags)}`;
  const answer = agentOf(flags, context).json<unknown>("DELETE", path);
  if ((await during(`Error deleting config entry ${kind}/${name}`, answer)) === false)
    throw new CommandError(`Config entry not deleted: ${kind}/${name}: it is no longer at index ${flags.modifyIndex}`);
  context.out(`Config entry deleted: ${kind}/${name}`);
}

async function named(flags: Deletion, context: Context): Promise<{ kind: string; name: string }> {
  if (flags.filename === undefined) return required(flags);
  if (flags.kind !== undefined || flags.name !== undefined) {
    throw new CommandError("filename can't be used with kind or name");
  }
  return namesIn((await readConfigFile(flags.filename, context)).value);
}

function namesIn(entry: Readonly<Record<string, unknown>>): { kind: string; name: string } {
  const kind = String(entry["Kind"] ?? entry["kind"] ?? "");
  return { kind, name: String(entry["Name"] ?? entry["name"] ?? (kind === "mesh" ? "mesh" : "")) };
}

function required({ kind, name }: Named): { kind: string; name: string } {
  if (kind === undefined) throw new CommandError("Must specify the -kind parameter");
  if (name === undefined) throw new CommandError("Must specify the -name parameter");
  return { kind, name };
}

function entryPath(kind: string, name: string): string {
  return `/v1/config/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
}

function casQuery({ cas = false, modifyIndex }: CompareAndSet): string {
  if (!cas && modifyIndex !== undefined) throw new CommandError("Cannot specify -modify-index without -cas");
  if (!cas) return "";
  if (modifyIndex === undefined) throw new CommandError("-cas needs -modify-index");
  if (!/^\d+$/.test(modifyIndex)) throw new CommandError(`-modify-index must be a number, not "${modifyIndex}"`);
  return `?cas=${modifyIndex}`;
}
