import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { runHere } from "../../test/run-here.ts";

const run = promisify(execFile);

/** Completes what follows some words, as bash does when Tab is pressed after the last of them. */
async function complete(...typed: readonly string[]): Promise<string[]> {
  await using files = await temporaryDirectory();
  const { out } = await runHere(["completion", "bash"]);
  const script = await files.write("causeway.bash", out);
  const commands = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _causeway; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run("bash", ["-c", commands, script, "causeway", ...typed]);
  return stdout.split("\n").filter((line) => line !== "");
}

test.each([
  { typed: ["cat"], expected: ["catalog"] },
  { typed: ["catalog", ""], expected: ["datacenters", "nodes", "services", "-help"] },
  { typed: ["catalog", "nodes", "-de"], expected: ["-detailed"] },
  { typed: ["catalog", "nodes", "-service", "web", "-node"], expected: ["-node-meta"] },
  { typed: ["connect", "env"], expected: ["envoy"] },
  { typed: ["connect", "envoy", "-gate"], expected: ["-gateway"] },
  { typed: ["connect", "ca", "get"], expected: ["get-config"] },
  { typed: ["keyr"], expected: [] },
  { typed: ["-ver"], expected: ["-version"] },
])("after $typed comes $expected", async ({ typed, expected }) => {
  expect(await complete(...typed)).toEqual(expected);
});

test("the script for zsh is that for bash, once zsh can run such", async () => {
  const [bash, zsh] = await Promise.all(["bash", "zsh"].map((shell) => runHere(["completion", shell])));
  expect(zsh?.out.endsWith(`bashcompinit\n${bash?.out}`)).toBe(true);
});

test("the script for fish tells it of the commands and flags that follow each command", async () => {
  const { out } = await runHere(["completion", "fish"]);
  const lines = out.split("\n");
  expect(lines).toContain(`complete -c causeway -n '_causeway_at "catalog"' -f -a "datacenters nodes services"`);
  expect(lines).toContain(`complete -c causeway -n '_causeway_at "catalog nodes"' -o detailed`);
  expect(lines.filter((line) => line.includes(`_causeway_at ""' -f -a `))).toHaveLength(1);
});

test("a shell without a script is refused", async () => {
  const { status, err } = await runHere(["completion", "csh"]);
  expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining("Allowed choices are bash, zsh, fish") });
});
