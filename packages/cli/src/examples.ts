import type { Command } from "commander";

/**
 * Shows examples at the end of a command's help. A command below it shows those that are its own: the ones in which its full name stands.
 *
 * @param examples - lines to type, each beginning with "causeway" or leading to it.
 */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText("afterAll", ({ command: shown }) => {
    const own = shown === command ? examples : examples.filter((example) => mentions(example, fullName(shown)));
    return own.length === 0 ? "" : ["\nExamples:", ...own.map((example) => `  ${example}`)].join("\n");
  });
}

/** What is typed to reach a command, from "causeway" on. */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function mentions(example: string, name: string): boolean {
  return `${example} `.includes(`${name} `);
}
