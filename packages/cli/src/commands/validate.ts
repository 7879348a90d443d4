import { definitionFiles, readDefinitions, refuseBadDefinitions } from "@causeway/definitions";
import type { Command } from "commander";
import { readConfigEntry, refuseBadEntry } from "../configuration/config-entry.ts";
import { SERVICES, type ServiceName, serviceProblem } from "../configuration/service-program.ts";
import { type Context, collect } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { asCommandError } from "../service-definition.ts";

type Flags = { readonly quiet?: boolean; readonly service?: readonly string[] };

/** Adds `validate`. @see https://developer.hashicorp.com/consul/commands/validate */
export function addValidateCommand(program: Command, context: Context): void {
  const command = program
    .command("validate [paths...]")
    .description(
      "look at files and folders of definitions and config entries, as an agent would, and at the environment of services",
    )
    .option("--quiet", "say nothing of success")
    .option(
      "--service <name>",
      "whether this service could start with the CAUSEWAY_* variables that are set; may be given several times",
      collect,
    )
    .action((paths: string[], flags: Flags) => validate(paths, flags, context));
  withExamples(command, [
    "causeway validate /etc/consul.d",
    "causeway validate -quiet web.hcl api.json terminating-gateway.hcl",
    "env $(cat /etc/causeway/causeway.env) causeway validate -service catalog -service agent",
  ]);
}

async function validate(paths: readonly string[], flags: Flags, context: Context): Promise<void> {
  const { quiet = false, service: services = [] } = flags;
  if (paths.length === 0 && services.length === 0) {
    throw new CommandError("Must specify at least one config file or directory");
  }
  await during("Config validation failed", lookAtFiles(paths));
  for (const name of services) {
    const problem = await serviceProblem(known(name), context.env);
    if (problem !== undefined) throw new CommandError(`Config validation failed: ${problem}`);
  }
  if (!quiet) context.out("Configuration is valid!");
}

/** A file is of definitions unless it says of which kind of config entry it is. */
async function lookAtFiles(paths: readonly string[]): Promise<void> {
  const definitions: string[] = [];
  for (const path of paths) {
    for (const file of await asCommandError(() => definitionFiles(path))) {
      const entry = await readConfigEntry(file);
      if (entry === undefined) definitions.push(file);
      else await refuseBadEntry(entry);
    }
  }
  await asCommandError(async () => refuseBadDefinitions(await readDefinitions(definitions)));
}

function known(name: string): ServiceName {
  const found = SERVICES.find((service) => service === name);
  if (found === undefined) throw new CommandError(`there is no service ${name}: name one of ${SERVICES.join(", ")}`);
  return found;
}
