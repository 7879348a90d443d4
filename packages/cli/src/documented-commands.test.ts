import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { runHere } from "../test/run-here.ts";
import { buildProgram } from "./program.ts";

type State = "there" | "not applicable" | "not yet";

/** What docs/compatibility.md says of each command. */
async function documented(): Promise<ReadonlyMap<string, State>> {
  const page = await readFile(new URL("../../../docs/compatibility.md", import.meta.url), "utf8");
  const section = /\n## Commands\n([\s\S]*?)\n## /.exec(page)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| (`.*?) \| (.*) \|$/gm)];
  const states = rows.flatMap(([, names = "", text = ""]) =>
    [...names.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => [name, stateOf(text)] as const),
  );
  return new Map(states);
}

function stateOf(text: string): State {
  if (text.startsWith("not yet")) return "not yet";
  return text.startsWith("not applicable") ? "not applicable" : "there";
}

/** What there is. */
function actual(program: Command): ReadonlyMap<string, State> {
  const visible = program.createHelp().visibleCommands(program);
  const commands = program.commands.map(
    (command) => [command.name(), visible.includes(command) ? "there" : "not applicable"] as const,
  );
  return new Map(commands);
}

test("docs/compatibility.md has the state of every command", async () => {
  const ignored = () => undefined;
  const program = buildProgram({
    env: {},
    out: ignored,
    outBytes: ignored,
    err: ignored,
    readStdin: async () => "",
    readStdinBytes: async () => Buffer.of(),
  });
  const said = [...(await documented())].filter(([, state]) => state !== "not yet");
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(actual(program)));
});

test("what is not there yet is not there", async () => {
  const missing = [...(await documented())].filter(([, state]) => state === "not yet").map(([name]) => name);
  for (const name of missing) expect(await runHere([name])).toMatchObject({ status: 127 });
});
