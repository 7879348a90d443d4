import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { runHere } from "../test/run-here.ts";
import { buildProgram } from "./program.ts";

const nothing = async () => undefined;
const program = buildProgram({
  env: {},
  out: nothing,
  outBytes: nothing,
  err: nothing,
  readStdin: async () => "",
  readStdinBytes: async () => Buffer.of(),
});

/** What is typed for each command that does something. */
function commandLines({ commands }: Command, before: readonly string[] = []): string[] {
  return commands.flatMap((command) => {
    const words = [...before, command.name()];
    return command.commands.length === 0 ? [words.join(" ")] : commandLines(command, words);
  });
}

describe("--help", () => {
  const shown = commandLines(program).filter((line) => !commandLines(absent()).includes(line));
  test.each(shown)("of %s describes it with an example", async (line) => {
    const { status, out } = await runHere([...line.split(" "), "--help"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^Usage: causeway /);
    expect(out).toMatch(/\nExamples?:\n +\S/);
  });

  test("of a group shows the examples of all below it, and of one of those only its own", async () => {
    const group = await runHere(["kv", "-help"]);
    const own = await runHere(["kv", "delete", "-help"]);
    expect(group.out).toContain("causeway kv get -detailed");
    expect(own.out).toContain("causeway kv delete -recurse redis/");
    expect(own.out).not.toContain("causeway kv get");
  });
});

/** Commands that are known and do nothing are not listed. */
function absent(): Command {
  const visible = program.createHelp().visibleCommands(program);
  const hidden = program.commands.filter((command) => !visible.includes(command));
  return { commands: hidden } as unknown as Command;
}

test.each([
  { line: "catalogue nodes", status: 127, err: "error: unknown command 'catalogue'\n(Did you mean catalog?)" },
  { line: "config wrote x.hcl", status: 1, err: "error: unknown command 'wrote'\n(Did you mean write?)" },
  {
    line: "catalog nodes -servce web",
    status: 1,
    err: "error: unknown option '--servce'\n(Did you mean --service?)",
  },
  { line: "catalog", status: 1, err: expect.stringMatching(/^Usage: causeway catalog /) },
  {
    line: "keyring -list",
    status: 1,
    err: "causeway keyring is not applicable: there is no gossip to encrypt: give the NATS servers certificates, see `causeway tls`",
  },
  { line: "rtt a b", status: 1, err: expect.stringMatching(/^causeway rtt is not applicable: /) },
])("$line: what is wrong is said, with exit status $status", async ({ line, status, err }) => {
  expect(await runHere(line.split(" "))).toEqual({ status, out: "", err });
});

test.each(["version", "-version", "--version", "-v"])("%s says which Consul it is like, first", async (line) => {
  expect(await runHere([line])).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^Consul v1\.8\.7 .*Causeway v\d/),
  });
});

test("version -format=json is for programs, and any other format is refused", async () => {
  const { out } = await runHere(["version", "-format=json"]);
  expect(JSON.parse(out)).toMatchObject({ Version: "1.8.7", RPC: { Default: 2, Min: 2, Max: 3 } });
  expect(await runHere(["version", "-format=xml"])).toMatchObject({ status: 1, err: expect.stringContaining("json") });
});
