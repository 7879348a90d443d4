import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import { dataArgument, failed, keyArgument, keyPath, onlyArgument } from "./kv-arguments.ts";
import { parseWithFlags, readPairs } from "./kv-pair.ts";

/** A key in an exported file. */
type Exported = { readonly key: string; readonly flags: string; readonly value: string };

/** Adds `kv export|import`. @see https://developer.hashicorp.com/consul/commands/kv/export */
export function addKvTransfer(kv: Command, context: Context): void {
  withAgentFlags(kv.command("export [prefix...]"))
    .description("print every key that begins with a prefix as JSON, for kv import")
    .action((given: string[], flags: AgentFlags) => exportKeys(given, flags, context));
  withAgentFlags(kv.command("import [data...]"))
    .description("write what kv export printed: JSON itself, the file @FILE, or standard input when it is -")
    .option("--prefix <prefix>", "put before every key", "")
    .action((given: string[], flags: AgentFlags & { prefix: string }) => importKeys(given, flags, context));
}

async function exportKeys(given: readonly string[], flags: AgentFlags, context: Context): Promise<void> {
  const prefix = keyArgument(onlyArgument(given));
  const { status, text } = await agentOf(flags, context).ask("GET", `${keyPath(prefix)}?recurse`);
  if (status >= 300 && status !== 404) throw failed("Error querying Consul agent", status, text);
  const pairs = status === 404 ? [] : readPairs(text);
  const exported = pairs.map(({ Key, Flags, Value }) => {
    const fields = { key: Key, flags: 0, value: Value ?? "" };
    // The digits go in as they are: as a number some would be lost.
    return JSON.stringify(fields, undefined, "\t").replace(/(?<="flags": )0/, Flags);
  });
  context.out(exported.length === 0 ? "[]" : `[\n${exported.map(indented).join(",\n")}\n]`);
}

function indented(text: string): string {
  return text.replace(/^/gm, "\t");
}

async function importKeys(
  given: readonly string[],
  flags: AgentFlags & { readonly prefix: string },
  context: Context,
): Promise<void> {
  const data = onlyArgument(given);
  if (data === "") throw new CommandError("Error! Missing DATA argument");
  const entries = parseExported(Buffer.from(await dataArgument(data, context)).toString());
  const agent = agentOf(flags, context);
  for (const { key, flags: number, value } of entries) {
    const name = flags.prefix + key;
    const path = `${keyPath(name)}?flags=${encodeURIComponent(number)}`;
    const { status, text } = await agent.ask("PUT", path, Buffer.from(value, "base64"));
    if (status >= 300) throw failed(`Error! Failed writing data for key ${name}`, status, text);
    context.out(`Imported: ${name}`);
  }
}

/** Reads a whole file before anything of it is written. */
function parseExported(text: string): readonly Exported[] {
  const entries = parsed(text);
  if (!Array.isArray(entries)) throw new CommandError("Cannot unmarshal data: it must be a list of keys");
  return entries.map((entry: unknown) => {
    const { key, flags = "0", value = "" } = (entry ?? {}) as Partial<Exported>;
    if (typeof key !== "string" || typeof flags !== "string" || typeof value !== "string") {
      throw new CommandError(`Cannot unmarshal data: ${JSON.stringify(entry)} has not "key", "flags" and "value"`);
    }
    if (Buffer.from(value, "base64").toString("base64") !== value) {
      throw new CommandError(`Error base 64 decoding value for key ${key}: illegal base64 data`);
    }
    return { key, flags, value };
  });
}

function parsed(text: string): unknown {
  try {
    return parseWithFlags(text, "flags");
  } catch (cause) {
    throw new CommandError(`Cannot unmarshal data: ${(cause as Error).message}`, 1, { cause });
  }
}
