import type { Command } from "commander";
import { colours } from "../colours.ts";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import type { IntentionFacts } from "../diagnosis/facts.ts";
import { decidedBy } from "../diagnosis/intention-step.ts";
import { EXIT } from "../diagnosis/step.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { outputFormat } from "../output-format.ts";
import { formatTable } from "../table.ts";

type Flags = AgentFlags & { readonly format: string; readonly json?: boolean };

/** Adds `explain intention`: which intention decides, and why that one. Not Consul's. */
export function addExplainCommands(program: Command, context: Context): void {
  const explain = program.command("explain").description("say why the mesh does what it does");
  withExamples(explain, ["causeway explain intention web api", "causeway explain intention web api -format=json"]);
  withAgentFlags(explain.command("intention <source> <destination>"))
    .description("show which intention decides between two services: 0 allowed, 1 denied, 2 cannot tell")
    .option("--json", "the same as -format=json")
    .addOption(outputFormat())
    // A flag that is not known must not look like a connection that is denied.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommandError("", EXIT.cannotTell);
    })
    .action((source: string, destination: string, flags: Flags) => run(source, destination, flags, context));
}

async function run(source: string, destination: string, flags: Flags, context: Context): Promise<void> {
  const query = new URLSearchParams({ source, destination });
  const asked = agentOf(flags, context).json<IntentionFacts>("GET", `/v1/connect/intentions/explain?${query}`);
  const facts = await during("Error asking for the intentions", asked, EXIT.cannotTell);
  if (flags.json === true || flags.format === "json") context.out(JSON.stringify(facts, undefined, 2));
  else for (const line of printed(facts)) context.out(line);
  if (!facts.Allowed) throw new CommandError("", EXIT.failed);
}

function printed(facts: IntentionFacts): readonly string[] {
  const { Source, Destination, Allowed, DecidedBy, DefaultAction, Matching } = facts;
  const answer = Allowed ? colours.green("allowed") : colours.red("denied");
  const rows = Matching.map(({ ID, SourceName, DestinationName, Action, Precedence }) => {
    return [String(Precedence), `${SourceName} => ${DestinationName}`, Action, ID, ID === DecidedBy ? "decides" : ""];
  });
  const fallback = ["-", "default policy", DefaultAction, "-", DecidedBy === null ? "decides" : ""];
  return [
    `${Source} => ${Destination} is ${answer}: ${decidedBy(facts)}.`,
    "The most specific decides: an exact destination goes before *, and then an exact source before *.",
    "",
    formatTable([["Precedence", "Intention", "Action", "ID", ""], ...rows, fallback]),
  ];
}
