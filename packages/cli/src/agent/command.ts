import { type Command, Option } from "commander";
import { type Context, collect } from "../context.ts";
import { withExamples } from "../examples.ts";
import { AGENT_FLAGS, type AgentFlag, type GivenFlags, readFlag } from "./flags.ts";

/** The flags that say where the configuration is. */
type Flags = {
  readonly dev?: boolean | string;
  /** Both flags fill it, so that their order is kept. */
  readonly configFile?: readonly string[];
  readonly configFormat?: string;
  readonly hcl?: readonly string[];
};

/** Adds `agent`. @see https://developer.hashicorp.com/consul/commands/agent */
export function addAgentCommand(program: Command, context: Context): void {
  const command = program
    .command("agent")
    .description("run the control plane and an agent from Consul's configuration files, until Ctrl-C")
    .option("--dev [true|false]", "keep nothing: all state ends with the agent")
    .option(
      "--config-file <file>",
      "a file of configuration, HCL or JSON; may be given several times, later ones win",
      collect,
    )
    .option("--config-dir <folder>", "a folder of such files, read by name; may be given several times", collect)
    .option("--config-format <format>", "hcl or json: reads files whatever their names end in")
    .option(
      "--hcl <fragment>",
      "a fragment of configuration; may be given several times, and wins over all else",
      collect,
    );
  for (const flag of AGENT_FLAGS) command.addOption(optionOf(flag));
  // One list for both, in the order in which they are typed: the later of a file and a folder wins too.
  const paths: string[] = [];
  command.on("option:config-file", (path: string) => void paths.push(path));
  command.on("option:config-dir", (path: string) => void paths.push(path));
  command.action(async ({ dev: devFlag = false, configFormat, hcl = [] }: Flags) => {
    const dev = readFlag("dev", "flag", devFlag) === true;
    const given = Object.fromEntries(AGENT_FLAGS.map(({ name }) => [name, command.getOptionValue(optionNamed(name))]));
    // Loaded only now: other commands need nothing of it and should start fast.
    const { runAgent } = await import("./run.ts");
    await runAgent({ dev, paths, fragments: hcl, format: configFormat, given: given as GivenFlags }, context);
  });
  withExamples(command, [
    "causeway agent -dev",
    "causeway agent -dev -node web-1 -http-port 18500 -hcl 'acl { enabled = true default_policy = \"deny\" }'",
    "causeway agent -server -data-dir /var/lib/consul -config-file agent.hcl -config-dir /etc/consul.d",
  ]);
}

function optionOf({ name, kind, key }: AgentFlag): Option {
  const value = { text: "<value>", integer: "<number>", flag: "[true|false]", texts: "<value>", pairs: "<key:value>" };
  const option = new Option(`--${name} ${value[kind]}`, `instead of ${key} in files`);
  option.helpGroup("Flags that stand for keys of the configuration:");
  return kind === "texts" || kind === "pairs" ? option.argParser(collect) : option;
}

/** Under what name the parser keeps a flag. */
function optionNamed(name: string): string {
  return new Option(`--${name}`).attributeName();
}
