import type { Command } from "commander";

/** The shells for which there is a script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * A script that lets a shell complete the program's commands and flags. It has all of them in it, so that no process is started for it; a
 * newer program wants a new script.
 */
export function completionScript(program: Command, shell: Shell): string {
  const name = program.name();
  if (shell === "fish") return fishScript(name, wordsByCommand(program));
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

/** For fish, which completes flags by itself once it is told of them: what may follow holds where the words so far lead to a command. */
function fishScript(name: string, words: readonly (readonly [string, readonly string[]])[]): string {
  const lines = words.flatMap(([at, following]) => {
    const flags = following.filter((word) => word.startsWith("-")).map((flag) => ` -o ${flag.slice(1)}`);
    const names = following.filter((word) => !word.startsWith("-"));
    const here = `complete -c ${name} -n '_${name}_at "${at}"'`;
    const ofNames = names.length === 0 ? [] : [`${here} -f -a "${names.join(" ")}"`];
    return [...ofNames, ...flags.map((flag) => `${here}${flag}`)];
  });
  const commands = words.map(([at]) => `"${at}"`).join(" ");
  return `function _${name}_at
  set -l commands ${commands}
  set -l at ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$at $word")
    if contains -- "$next" $commands
      set at "$next"
    end
  end
  test "$at" = "$argv[1]"
end

${lines.join("\n")}`;
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
