import { createServer } from "node:http";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { listen } from "./listening-server.ts";
import { spawnProcess } from "./spawn-process.ts";

/** Runs a line of shell. */
function shell(script: string, options: Parameters<typeof spawnProcess>[2] = {}) {
  return spawnProcess("/bin/sh", ["-c", script], options);
}

/** Ample for a shell to write its first line, on a busy machine too, and short for a test that sits it out. */
const LONG_FOR_A_SHELL_MS = 2_000;

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("lines of both streams are kept, the last one without a line end too", async () => {
  await using echo = await shell("echo out; echo err >&2; printf end");
  expect(await echo.exited).toEqual({ code: 0, signal: null });
  expect(echo.exit).toEqual({ code: 0, signal: null });
  expect(echo.lines).toHaveLength(3);
  expect(echo.lines).toEqual(
    expect.arrayContaining([
      { stream: "stdout", text: "out" },
      { stream: "stderr", text: "err" },
      { stream: "stdout", text: "end" },
    ]),
  );
  expect(echo.output().split("\n").sort()).toEqual(["end", "err", "out"]);
});

test("the environment is added to, and undefined takes a variable out", async () => {
  await using env = await shell('echo "$GIVEN"; test -n "$PATH"; echo $?; test -z "$HOME"; echo $?', {
    env: { GIVEN: "yes", HOME: undefined },
  });
  await env.exited;
  expect(env.output()).toBe("yes\n0\n0");
});

test("the working directory is as told", async () => {
  await using pwd = await shell("pwd -P", { cwd: "/" });
  await pwd.exited;
  expect(pwd.output()).toBe("/");
});

test("it is ready when it writes the line that was waited for", async () => {
  await using server = await shell("echo starting; echo ready on 1234; exec sleep 60", {
    readyWhen: (line) => line.startsWith("ready"),
  });
  expect(server.output()).toBe("starting\nready on 1234");
  expect(server.exit).toBe(undefined);
});

test("it is ready when its URL answers with success", async () => {
  let asked = 0;
  const starting = createServer((_request, response) => {
    asked += 1;
    response.writeHead(asked < 3 ? 503 : 200).end();
  });
  await using server = await listen(starting);
  await using sleeper = await shell("exec sleep 60", { readyWhen: new URL(`http://127.0.0.1:${server.port}/`) });
  expect(sleeper.exit).toBe(undefined);
  expect(asked).toBe(3);
});

test("a URL that never answers is given up after the time that was allowed", async () => {
  const readyWhen = new URL(`http://127.0.0.1:${await freePort()}/`);
  const never = shell("echo here; exec sleep 60", { readyWhen, readyTimeoutMs: LONG_FOR_A_SHELL_MS });
  await expect(never).rejects.toMatchObject({ failure: { code: "NOT_READY", output: "  here" } });
});

test.each([
  { name: "a line", readyWhen: () => false },
  { name: "a URL", readyWhen: new URL("http://127.0.0.1:1/") },
])("ending before $name was seen is a failure that quotes the output", async ({ readyWhen }) => {
  await expect(shell("echo no such file; exit 3", { readyWhen })).rejects.toMatchObject({
    failure: { code: "EXITED_EARLY", exit: { code: 3, signal: null }, output: "  no such file" },
    message: expect.stringContaining("no such file"),
  });
});

test("a process that is not ready in time is ended", async () => {
  let pid = 0;
  const late = shell("echo $$; exec sleep 60", {
    readyWhen: () => false,
    readyTimeoutMs: LONG_FOR_A_SHELL_MS,
    onLine: ({ text }) => {
      pid = Number(text);
    },
  });
  await expect(late).rejects.toMatchObject({ failure: { code: "NOT_READY" } });
  expect(pid).toBeGreaterThan(0);
  expect(runs(pid)).toBe(false);
});

test("a command that does not exist is a failure", async () => {
  await expect(spawnProcess("no-such-command")).rejects.toMatchObject({ failure: { code: "NOT_STARTED" } });
});

test("a line can be waited for, written already or not", async () => {
  await using counter = await shell("echo one; exec sleep 60");
  await counter.waitForLine((line) => line === "one");
  expect(await counter.waitForLine((line) => line === "one")).toBe("one");
  await expect(counter.waitForLine((line) => line === "two", 20)).rejects.toMatchObject({
    failure: { code: "NO_SUCH_LINE", output: "  one" },
  });
});

test("waiting for a line ends with the process", async () => {
  await using ending = await shell("sleep 0.05; exit 1");
  await expect(ending.waitForLine(() => false)).rejects.toMatchObject({ failure: { code: "EXITED_EARLY" } });
});

test("kill9 leaves no time to say goodbye, stop does", async () => {
  const polite = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.01; done';
  const options = { readyWhen: (line: string) => line === "up" };
  await using killed = await shell(polite, options);
  expect(await killed.kill9()).toEqual({ code: null, signal: "SIGKILL" });
  expect(killed.output()).toBe("up");
  await using stopped = await shell(polite, options);
  expect(await stopped.stop()).toEqual({ code: 0, signal: null });
  expect(stopped.output()).toBe("up\nbye");
});

test("a process that ignores SIGTERM is killed after a while", async () => {
  await using stubborn = await shell('trap "" TERM; echo up; while :; do sleep 0.01; done', {
    readyWhen: (line) => line === "up",
  });
  expect(await stubborn.stop({ timeoutMs: 50 })).toEqual({ code: null, signal: "SIGKILL" });
});

test("the children of a process end with it", async () => {
  await using parent = await shell("sleep 60 & echo up; wait", { readyWhen: (line) => line === "up" });
  // The child holds the same output open, so that the end of the output is the end of both.
  expect(await parent.kill9()).toEqual({ code: null, signal: "SIGKILL" });
});
