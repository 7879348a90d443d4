import { readDefinitions, refuseBadDefinitions } from "@causeway/definitions";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { asCommandError } from "../service-definition.ts";

type Flags = { readonly quiet?: boolean };

/** Adds `validate`. @see https://developer.hashicorp.com/consul/commands/validate */
export function addValidateCommand(program: Command, context: Context): void {
  const command = program
    .command("validate [paths...]")
    .description("look at files and folders of definitions as an agent would, without one")
    .option("--quiet", "say nothing of success")
    .action((paths: string[], flags: Flags) => validate(paths, flags, context));
  withExamples(command, ["causeway validate /etc/consul.d", "causeway validate -quiet web.hcl api.json"]);
}

async function validate(paths: readonly string[], { quiet = false }: Flags, context: Context): Promise<void> {
  if (paths.length === 0) throw new CommandError("Must specify at least one config file or directory");
  const looked = asCommandError(async () => refuseBadDefinitions(await readDefinitions(paths)));
  await during("Config validation failed", looked);
  if (!quiet) context.out("Configuration is valid!");
}
