import { spawnProcess } from "@causeway/testkit";
import { expect, test } from "vitest";
import { runInForeground, runQuietly } from "./children.mjs";

const here = { cwd: process.cwd(), env: process.env };

test("a quiet command gives its exit code and all that it wrote", async () => {
  expect(await runQuietly("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"])).toEqual({
    code: 3,
    output: expect.stringMatching(/^(out\nerr|err\nout)\n$/),
  });
});

test("a command that does not exist has the code that a shell gives", async () => {
  expect(await runQuietly("no-such-command", [])).toEqual({ code: 127, output: "" });
});

test("a command in the foreground gives its exit code, or the one that stands for its signal", async () => {
  expect(await runInForeground("/bin/sh", ["-c", "exit 7"], here)).toEqual({ code: 7, received: undefined });
  expect((await runInForeground("/bin/sh", ["-c", "kill -TERM $$"], here)).code).toBe(143);
});

const module = JSON.stringify(new URL("./children.mjs", import.meta.url).href);

/** Runs `script` in a Node of its own, sends it SIGTERM once it has written "up", and gives how it ended and what it wrote. */
async function terminated(script: string) {
  await using node = await spawnProcess(process.execPath, ["--input-type=module", "--eval", script], {
    readyWhen: (line) => line === "up",
  });
  const { code } = await node.stop();
  return { code, output: node.output() };
}

test("a signal is passed on to the command in the foreground, which may end as it likes", async () => {
  const shell = JSON.stringify("trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.01; done");
  const script = `
    const { runInForeground } = await import(${module});
    const { code, received } = await runInForeground("/bin/sh", ["-c", ${shell}], { cwd: "/", env: process.env });
    console.log(received);
    process.exitCode = code;`;
  expect(await terminated(script)).toEqual({ code: 5, output: "up\nbye\nSIGTERM" });
});

test("a signal while a quiet command runs ends it, and nothing further is begun", async () => {
  const script = `
    const { runQuietly } = await import(${module});
    try {
      const quiet = runQuietly("/bin/sleep", ["60"]);
      console.log("up");
      await quiet;
      console.log("went on");
    } catch (error) {
      process.exitCode = error.exitCode;
    }`;
  expect(await terminated(script)).toEqual({ code: 143, output: "up" });
});
