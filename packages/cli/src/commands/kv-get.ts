import { isUtf8 } from "node:buffer";
import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import { failed, keyArgument, keyPath, onlyArgument } from "./kv-arguments.ts";
import { bytesOf, detailsOf, type Pair, readPairs, VALUE_LABEL } from "./kv-pair.ts";

type GetFlags = AgentFlags & {
  readonly base64?: boolean;
  readonly detailed?: boolean;
  readonly keys?: boolean;
  readonly recurse?: boolean;
  readonly separator: string;
};

/** Adds `kv get`. @see https://developer.hashicorp.com/consul/commands/kv/get */
export function addKvGet(kv: Command, context: Context): void {
  withAgentFlags(kv.command("get [key...]"))
    .description("print the value of a key, or those of all keys that begin with a prefix")
    .option("--base64", "print values in base64")
    .option("--detailed", "print all that is known of a key")
    .option("--keys", "print the names of keys that begin with the given text, as far as the separator")
    .option("--recurse", "print every key that begins with the given text")
    .option("--separator <text>", "where -keys cuts names off", "/")
    .action((given: string[], flags: GetFlags) => get(given, flags, context));
}

async function get(given: readonly string[], flags: GetFlags, context: Context): Promise<void> {
  const key = keyArgument(onlyArgument(given));
  const { keys = false, recurse = false, detailed = false } = flags;
  if (key === "" && !keys && !recurse) throw new CommandError("Error! Missing KEY argument");
  const query = new URLSearchParams();
  if (recurse) query.set("recurse", "");
  else if (keys) {
    query.set("keys", "");
    query.set("separator", flags.separator);
  }
  const { status, text } = await agentOf(flags, context).ask("GET", `${keyPath(key)}?${query}`);
  if (status === 404 && (keys || recurse)) return;
  if (status === 404) throw new CommandError(`Error! No key exists at: ${key}`);
  if (status >= 300) throw failed("Error querying Consul agent", status, text);
  if (keys) {
    const names = recurse ? readPairs(text).map(({ Key }) => Key) : (JSON.parse(text) as string[]);
    for (const name of names) context.out(name);
  } else if (detailed) {
    showDetails(readPairs(text), flags, context);
  } else {
    for (const pair of readPairs(text)) show(recurse ? `${pair.Key}:` : "", pair, flags, context);
  }
}

function showDetails(pairs: readonly Pair[], flags: GetFlags, context: Context): void {
  for (const [at, pair] of pairs.entries()) {
    if (at > 0) context.out("");
    context.out(detailsOf(pair));
    show(VALUE_LABEL, pair, flags, context);
  }
}

/** Writes a value after `before`; one that is no text goes out as it is. */
function show(before: string, pair: Pair, { base64 = false }: GetFlags, context: Context): void {
  const bytes = bytesOf(pair);
  if (base64) context.out(`${before}${pair.Value ?? ""}`);
  else if (isUtf8(bytes)) context.out(`${before}${Buffer.from(bytes)}`);
  else context.outBytes(Buffer.concat([Buffer.from(before), bytes]));
}
