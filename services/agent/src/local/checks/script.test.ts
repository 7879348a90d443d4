import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { checkScript } from "./script.ts";

const NEVER = new AbortController().signal;

function run(script: string, timeoutMs = 60_000, signal = NEVER) {
  const args = ["/bin/sh", "-c", script];
  return checkScript({ kind: "script", args, timeoutMs, outputMaxBytes: 64, intervalMs: 1_000 }, signal);
}

test.each([
  ["exit 0", "passing"],
  ["exit 1", "warning"],
  ["exit 2", "critical"],
  ["kill -9 $$", "critical"],
])("%s is %s", async (script, status) => {
  expect(await run(script)).toEqual({ status, output: "" });
});

test("the output is that of both streams, and its end when it is long", async () => {
  expect((await run("echo out; echo err >&2")).output.split("\n").sort()).toEqual(["", "err", "out"]);
  const { output } = await run("head -c 1000 /dev/zero | tr '\\0' x; echo end");
  expect(output).toBe(`Captured 64 of 1004 bytes\n...\n${"x".repeat(60)}end\n`);
});

test("a program that is not there is critical with the reason", async () => {
  const method = { kind: "script", args: ["/no/such/program"], timeoutMs: 1_000, outputMaxBytes: 64 } as const;
  const { status, output } = await checkScript({ ...method, intervalMs: 1_000 }, NEVER);
  expect(status).toBe("critical");
  expect(output).toContain("/no/such/program");
});

test.each(["its time is over", "the check ends"])("when %s it is ended with all that it has started", async (why) => {
  await using folder = await temporaryDirectory();
  const pids = join(folder.path, "pids");
  const ending = new AbortController();
  const timeoutMs = why === "the check ends" ? 60_000 : 3_000;
  const running = run(`sleep 1000 & echo $! > ${pids}; echo working; sleep 1000`, timeoutMs, ending.signal);
  const pid = await eventually(async () => {
    const text = await readFile(pids, "utf8");
    expect(text).toMatch(/\d+\n/);
    return Number(text);
  });
  if (why === "the check ends") ending.abort();
  const { status, output } = await running;
  expect(status).toBe("critical");
  expect(output).toContain("working");
  if (why !== "the check ends") expect(output).toContain("Timed out (3s) running check\n\n");
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"));
});
