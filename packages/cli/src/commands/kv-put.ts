import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import { dataArgument, failed, keyArgument, keyPath } from "./kv-arguments.ts";

type PutFlags = AgentFlags & {
  readonly acquire?: boolean;
  readonly release?: boolean;
  readonly session?: string;
  readonly base64?: boolean;
  readonly cas?: boolean;
  readonly flags?: string;
  readonly modifyIndex?: string;
};

/** How a value is written: what is asked of the agent, and what is said of how it went. */
type Manner = {
  readonly query: Readonly<Record<string, string>>;
  readonly problem: string;
  /** What is said when the key was not as the writer had it in mind. */
  readonly refused: string;
  readonly done: string;
};

/** Adds `kv put`. @see https://developer.hashicorp.com/consul/commands/kv/put */
export function addKvPut(kv: Command, context: Context): void {
  withAgentFlags(kv.command("put [keyAndData...]"))
    .usage("[options] KEY [DATA]")
    .description("write a value: DATA itself, the file @FILE, or standard input when DATA is -")
    .option("--acquire", "lock the key for -session")
    .option("--release", "let the key go that -session has locked")
    .option("--session <id>", "the session of -acquire and -release")
    .option("--base64", "DATA is in base64")
    .option("--cas", "write only if the key is still at -modify-index")
    .option("--modify-index <index>", "the ModifyIndex that -cas compares with; 0 means that the key must not exist")
    .option("--flags <number>", "unsigned 64-bit number that is kept with the value and means what you like")
    .action((given: string[], flags: PutFlags) => put(given, flags, context));
}

async function put(given: readonly string[], flags: PutFlags, context: Context): Promise<void> {
  const [first, data = ""] = given;
  if (first === undefined) throw new CommandError("Error! Missing KEY argument");
  if (given.length > 2) throw new CommandError(`Error! Too many arguments (expected 1 or 2, got ${given.length})`);
  const key = keyArgument(first);
  const bytes = await dataArgument(data, context);
  const value = flags.base64 === true ? fromBase64(bytes) : bytes;
  const { query, problem, refused, done } = mannerOf(key, flags);
  const asked = new URLSearchParams({ ...query, ...(flags.flags === undefined ? {} : { flags: flags.flags }) });
  const { status, text } = await agentOf(flags, context).ask("PUT", `${keyPath(key)}?${asked}`, value);
  if (status >= 300) throw failed(problem, status, text);
  if (text.trim() !== "true") throw new CommandError(refused);
  context.out(done);
}

function mannerOf(key: string, { acquire, release, session = "", cas, modifyIndex = "0" }: PutFlags): Manner {
  const problem = "Error! Failed writing data";
  if ((acquire === true || release === true) && session === "") {
    throw new CommandError("Error! Missing -session (required with -acquire and -release)");
  }
  if (cas === true) {
    const missed = `Error! Did not write to ${key}`;
    const refused = `${missed}: CAS failed`;
    return { query: { cas: modifyIndex }, problem: missed, refused, done: `Success! Data written to: ${key}` };
  }
  if (acquire === true) {
    const refused = "Error! Did not acquire lock";
    return { query: { acquire: session }, problem, refused, done: `Success! Lock acquired on: ${key}` };
  }
  if (release === true) {
    const refused = "Error! Did not release lock";
    return { query: { release: session }, problem, refused, done: `Success! Lock released on: ${key}` };
  }
  return { query: {}, problem, refused: problem, done: `Success! Data written to: ${key}` };
}

function fromBase64(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString().trim();
  const value = Buffer.from(text, "base64");
  if (value.toString("base64") !== text) throw new CommandError("Error! Cannot base 64 decode data");
  return value;
}
