import type { Command } from "commander";
import { readConfigFile } from "../config-file.ts";
import { type AgentFlags, agentOf, type Context, collect, pairs, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { formatTable } from "../table.ts";

/** The part of an intention that the command prints. */
type Intention = {
  readonly ID: string;
  readonly SourceName: string;
  readonly DestinationName: string;
  readonly Action: string;
  readonly Description: string;
  readonly Precedence: number;
  readonly Meta: Record<string, string> | null;
  readonly CreatedAt: string;
};

type CreateFlags = AgentFlags & {
  readonly allow?: boolean;
  readonly deny?: boolean;
  readonly replace?: boolean;
  readonly file?: boolean;
  readonly meta?: string[];
};

type MatchFlags = AgentFlags & { readonly source?: boolean; readonly destination?: boolean };

/** The status of `intention check` when it could not be answered, apart from "denied" (1). */
const CANNOT_TELL = 2;

const PATH = "/v1/connect/intentions";

const NO_PAIR = "Error: command requires exactly two arguments: src and dst";

/** Adds `intention create|check|match|list|get|delete`. @see https://developer.hashicorp.com/consul/commands/intention */
export function addIntentionCommands(program: Command, context: Context): void {
  const intention = program.command("intention").description("say which services may call which");
  withExamples(intention, [
    'causeway intention create -deny "*" "*"',
    "causeway intention create -allow web billing",
    "causeway intention check web billing     # exit status: 0 allowed, 1 denied, 2 cannot tell",
    "causeway intention match -source web",
    "causeway intention list -format=json",
    "causeway intention get web billing",
    "causeway intention delete web billing",
  ]);

  withAgentFlags(intention.command("create [names...]"))
    .description(
      "let, or forbid, one service to call another (SRC DST), or apply the intentions in files (-file FILE...)",
    )
    .option("--allow", "allow connections (the default)")
    .option("--deny", "deny connections")
    .option("--replace", "replace an intention between the same names")
    .option("--file", "the arguments are files, each holding one intention as HCL or JSON")
    .option("--meta <key=value>", "meta data; may be given several times", collect)
    .action((names: string[], flags: CreateFlags) => create(names, flags, context));
  withAgentFlags(intention.command("check [names...]"))
    .description("tell whether a connection would be allowed (SRC DST)")
    // A flag that is not known must not look like a connection that is denied.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommandError("", CANNOT_TELL);
    })
    .action((names: string[], flags: AgentFlags) => check(names, flags, context));
  withAgentFlags(intention.command("match <name>"))
    .description("list the intentions that match a service, in the order in which they are looked at")
    .option("--source", "the name is the source")
    .option("--destination", "the name is the destination (the default)")
    .action((name: string, flags: MatchFlags) => match(name, flags, context));
  withAgentFlags(intention.command("list"))
    .description("list all intentions")
    .option("--format <format>", "table or json", "table")
    .action((flags: AgentFlags & { format: string }) => list(flags, context));
  withAgentFlags(intention.command("get <names...>"))
    .description("show an intention, by SRC DST or by its ID")
    .action(async (names: string[], flags: AgentFlags) => show(await find(names, flags, context), context));
  withAgentFlags(intention.command("delete <names...>"))
    .description("delete an intention, by SRC DST or by its ID")
    .action((names: string[], flags: AgentFlags) => remove(names, flags, context));
}

async function create(names: readonly string[], flags: CreateFlags, context: Context): Promise<void> {
  if (flags.allow === true && flags.deny === true)
    throw new CommandError("Only one of -allow or -deny may be specified.");
  for (const body of await requested(names, flags, context)) {
    await store(body, flags, context);
    const { SourceName, DestinationName, Action } = body;
    context.out(`Created: ${String(SourceName)} => ${String(DestinationName)} (${String(Action)})`);
  }
}

async function requested(
  names: readonly string[],
  flags: CreateFlags,
  context: Context,
): Promise<Readonly<Record<string, unknown>>[]> {
  if (flags.file === true) return Promise.all(names.map(async (file) => (await readConfigFile(file, context)).value));
  const [SourceName, DestinationName, ...more] = names;
  if (SourceName === undefined || DestinationName === undefined || more.length > 0) {
    throw new CommandError(NO_PAIR);
  }
  return [{ SourceName, DestinationName, Action: flags.deny === true ? "deny" : "allow", Meta: pairs(flags.meta) }];
}

async function store(body: Readonly<Record<string, unknown>>, flags: CreateFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  if (flags.replace === true) {
    const pair = [String(body["SourceName"]), String(body["DestinationName"])];
    const known = await findPair(pair, flags, context);
    if (known !== undefined) {
      await agent.json("PUT", `${PATH}/${known.ID}`, body);
      return;
    }
  }
  await agent.json("POST", PATH, body);
}

async function check(names: readonly string[], flags: AgentFlags, context: Context): Promise<void> {
  const [source, destination, ...more] = names;
  if (source === undefined || destination === undefined || more.length > 0)
    throw new CommandError(NO_PAIR, CANNOT_TELL);
  const query = new URLSearchParams({ source, destination });
  const ask = async () => agentOf(flags, context).json<{ Allowed: boolean }>("GET", `${PATH}/check?${query}`);
  const answer = await during("Error checking the connection", ask(), CANNOT_TELL);
  context.out(answer.Allowed ? "Allowed" : "Denied");
  if (!answer.Allowed) throw new CommandError("");
}

async function match(name: string, flags: MatchFlags, context: Context): Promise<void> {
  const { source = false, destination = false } = flags;
  if (source && destination) throw new CommandError("Error: only one of -source or -destination may be specified");
  const query = new URLSearchParams({ by: source ? "source" : "destination", name });
  type Matches = Readonly<Record<string, Intention[] | null>>;
  const answer = agentOf(flags, context).json<Matches>("GET", `${PATH}/match?${query}`);
  const matches = await during("Error matching the connection", answer);
  for (const { SourceName, DestinationName, Action } of matches[name] ?? []) {
    context.out(`${SourceName} => ${DestinationName} (${Action})`);
  }
}

async function list(flags: AgentFlags & { format: string }, context: Context): Promise<void> {
  const answer = agentOf(flags, context).json<Intention[]>("GET", PATH);
  const all = await during("Error retrieving intentions list", answer);
  if (flags.format === "json") return context.out(JSON.stringify(all, undefined, 2));
  if (all.length === 0) return context.out("There are no intentions.");
  const rows = all.map(({ ID, SourceName, Action, DestinationName, Precedence }) => {
    return [ID, SourceName, Action, DestinationName, String(Precedence)];
  });
  context.out(formatTable([["ID", "Source", "Action", "Destination", "Precedence"], ...rows]));
}

async function remove(names: readonly string[], flags: AgentFlags, context: Context): Promise<void> {
  const { ID } = await find(names, flags, context);
  await during("Error deleting the intention", agentOf(flags, context).json("DELETE", `${PATH}/${ID}`));
  context.out("Intention deleted.");
}

async function find(names: readonly string[], flags: AgentFlags, context: Context): Promise<Intention> {
  const [id] = names;
  if (names.length === 1 && id !== undefined) {
    return agentOf(flags, context).json<Intention>("GET", `${PATH}/${encodeURIComponent(id)}`);
  }
  if (names.length !== 2) throw new CommandError("command requires exactly 1 or 2 arguments");
  const found = await findPair(names, flags, context);
  if (found === undefined) {
    throw new CommandError(`Intention with source "${names[0]}" and destination "${names[1]}" not found.`);
  }
  return found;
}

async function findPair(names: readonly string[], flags: AgentFlags, context: Context): Promise<Intention | undefined> {
  const [source = "", destination = ""] = names;
  const query = new URLSearchParams({ source, destination });
  const { status, text } = await agentOf(flags, context).ask("GET", `${PATH}/exact?${query}`);
  if (status === 404) return undefined;
  if (status < 300) return JSON.parse(text) as Intention;
  throw new CommandError(`Error looking up intention: Unexpected response code: ${status} (${text.trim()})`);
}

function show(intention: Intention, context: Context): void {
  const meta = Object.entries(intention.Meta ?? {}).map(([key, value]) => [`Meta[${key}]:`, value]);
  const rows = [
    ["Source:", intention.SourceName],
    ["Destination:", intention.DestinationName],
    ["Action:", intention.Action],
    ["ID:", intention.ID],
    ...(intention.Description === "" ? [] : [["Description:", intention.Description]]),
    ...meta,
    ["Created At:", intention.CreatedAt],
  ];
  context.out(formatTable(rows));
}
