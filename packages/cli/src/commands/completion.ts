import { Argument, type Command } from "commander";
import { completionScript, SHELLS, type Shell } from "../completion-script.ts";
import type { Context } from "../context.ts";
import { withExamples } from "../examples.ts";

/** Adds `completion`, in place of Consul's `-autocomplete-install`: what goes into a profile is the user's to say. */
export function addCompletionCommand(program: Command, context: Context): void {
  const command = program
    .command("completion")
    .description("print a script with which a shell completes commands and flags")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => context.out(completionScript(program, shell)));
  withExamples(command, [
    "source <(causeway completion bash)      # in ~/.bashrc",
    "source <(causeway completion zsh)       # in ~/.zshrc",
    "causeway completion fish | source       # in ~/.config/fish/config.fish",
  ]);
}
