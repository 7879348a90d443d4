import type { Command } from "commander";

/** The shells for which there is a script. */
export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * A script that lets a shell complete the program's commands and flags. It has all of them in it, so that no process is started for it; a
 * newer program wants a new script.
 */
export function completionScript(program: Command, shell: Shell): string {
  const name = program.name();
  const cases = wordsByCommand(program).map(([at, words]) => `    "${at}") echo "${words.join(" ")}" ;;`);
  // zsh runs this too: there "path" is the search path, and a bare name after ":" in an expansion is a modifier.
  const script = `_${name}_words() {
  case "$1" in
${cases.join("\n")}
  esac
}

_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at="" word next
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    next="\${at:+$at }$word"
    if [ -n "$(_${name}_words "$next")" ]; then at="$next"; fi
  done
  COMPREPLY=($(compgen -W "$(_${name}_words "$at")" -- "$current"))
}

complete -o default -F _${name} ${name}`;
  return shell === "zsh"
    ? `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${script}`
    : script;
}

/** What may follow each command, by the words that lead to it; by "" at the start. */
function wordsByCommand(command: Command, at = ""): [string, string[]][] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((one) => one.name() !== "help");
  const flags = help.visibleOptions(command).flatMap(({ long }) => (long == null ? [] : [long.slice(1)]));
  const names = below.flatMap((one) => [one.name(), ...one.aliases()]);
  const deeper = below.flatMap((one) =>
    [one.name(), ...one.aliases()].flatMap((name) => wordsByCommand(one, at === "" ? name : `${at} ${name}`)),
  );
  return [[at, [...names, ...flags]], ...deeper];
}
