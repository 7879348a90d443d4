import { type ChildProcess, spawn } from "node:child_process";
import { durationText } from "@causeway/model";
import type { CheckMethod } from "../local-service.ts";
import { Captured } from "./captured.ts";
import type { CheckResult } from "./result.ts";

type ScriptMethod = Extract<CheckMethod, { kind: "script" }>;

const NS_PER_MS = 1e6;

/** The exit status by which a program says that something is not as it should be, as with Nagios' plug-ins. */
const WARNING = 1;

/**
 * Runs a program: passing when it exits with 0, warning with 1, critical with anything else or when it cannot be run. Its output is
 * what it writes, errors included. After `timeoutMs`, or when `signal` aborts, it is killed with all that it has started.
 *
 * Resolves when the program has ended, so that it never runs twice at once.
 */
export function checkScript(
  { args, timeoutMs, outputMaxBytes }: ScriptMethod,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const [program = "", ...rest] = args;
  const output = new Captured(outputMaxBytes);
  let timedOut = false;
  // A group of its own, so that all of it can be ended.
  const child = spawn(program, rest, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => killGroup(child);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => output.add(part));
  const done = (result: CheckResult) => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    resolve(result);
  };
  child.on("error", ({ message }) => done({ status: "critical", output: message }));
  child.on("close", (code) => {
    if (timedOut) return done({ status: "critical", output: timeoutText(timeoutMs, output.toldText) });
    const failed = code === WARNING ? "warning" : "critical";
    done({ status: code === 0 ? "passing" : failed, output: output.toldText });
  });
  return promise;
}

function timeoutText(timeoutMs: number, output: string): string {
  const text = `Timed out (${durationText(timeoutMs * NS_PER_MS)}) running check`;
  return output === "" ? text : `${text}\n\n${output}`;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It may have ended in this very moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
