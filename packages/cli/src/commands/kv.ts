import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { failed, keyArgument, keyPath, onlyArgument } from "./kv-arguments.ts";
import { addKvGet } from "./kv-get.ts";
import { addKvPut } from "./kv-put.ts";
import { addKvTransfer } from "./kv-transfer.ts";

type DeleteFlags = AgentFlags & {
  readonly recurse?: boolean;
  readonly cas?: boolean;
  readonly modifyIndex?: string;
};

/** Adds `kv get|put|delete|export|import`. @see https://developer.hashicorp.com/consul/commands/kv */
export function addKvCommands(program: Command, context: Context): void {
  const kv = program.command("kv").description("read and write the key/value store of a datacenter");
  withExamples(kv, [
    "causeway kv put redis/config/connections 5",
    'causeway kv put app/logo @logo.png                   # a file; "-" is standard input',
    "causeway kv get -detailed redis/config/connections",
    "causeway kv get -recurse redis/",
    "causeway kv put -cas -modify-index 0 leader me       # only if nobody has",
    "causeway kv delete -recurse redis/",
    "causeway kv export app/ > app.json",
    "causeway kv import @app.json",
  ]);
  addKvGet(kv, context);
  addKvPut(kv, context);
  withAgentFlags(kv.command("delete [key...]"))
    .description("delete a key, or all that begin with a prefix")
    .option("--recurse", "delete every key that begins with the given text")
    .option("--cas", "delete only if the key is still at -modify-index")
    .option("--modify-index <index>", "the ModifyIndex that -cas compares with")
    .action((given: string[], flags: DeleteFlags) => remove(given, flags, context));
  addKvTransfer(kv, context);
}

async function remove(given: readonly string[], flags: DeleteFlags, context: Context): Promise<void> {
  const key = keyArgument(onlyArgument(given));
  const { recurse = false, cas = false, modifyIndex = "0" } = flags;
  if (key === "" && !recurse) throw new CommandError("Error! Missing KEY argument");
  if (cas && modifyIndex === "0") throw new CommandError("Must specify -modify-index with -cas!");
  if (!cas && modifyIndex !== "0") throw new CommandError("Cannot specify -modify-index without -cas!");
  if (recurse && cas) throw new CommandError("Cannot specify both -cas and -recurse!");
  const query = recurse ? "?recurse" : cas ? `?cas=${encodeURIComponent(modifyIndex)}` : "";
  const problem = recurse ? `Error! Did not delete prefix ${key}` : `Error! Did not delete key ${key}`;
  const { status, text } = await agentOf(flags, context).ask("DELETE", `${keyPath(key)}${query}`);
  if (status >= 300) throw failed(problem, status, text);
  if (text.trim() !== "true") throw new CommandError(`${problem}: CAS failed`);
  context.out(recurse ? `Success! Deleted keys with prefix: ${key}` : `Success! Deleted key: ${key}`);
}
