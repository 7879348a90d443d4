import { expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { LogLines } from "./log-lines.ts";

function listenedTo() {
  const written: string[] = [];
  const lines = new LogLines();
  const log = createLogger({
    service: "agent",
    level: "info",
    format: "json",
    write: (line) => written.push(line),
    lines,
  });
  return { written, lines, log };
}

const messages = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).msg);

test("a listener hears what is written at its level, lower ones than the logger's too, and the log stays as it is", () => {
  const { written, lines, log } = listenedTo();
  const heard: string[] = [];
  const debug = lines.listen("debug", (line) => heard.push(line));
  const warnings: string[] = [];
  lines.listen("warn", (line) => warnings.push(line));
  for (const level of ["trace", "debug", "info", "warn"] as const) log[level](level);
  expect(messages(heard)).toEqual(["debug", "info", "warn"]);
  expect(messages(warnings)).toEqual(["warn"]);
  expect(messages(written)).toEqual(["info", "warn"]);
  debug();
  expect(log.level).toBe("info");
});

test("what is written can be changed at any time", () => {
  const { written, lines, log } = listenedTo();
  lines.write("warn");
  log.info("one");
  lines.write("debug");
  log.debug("two");
  expect(messages(written)).toEqual(["two"]);
  expect(lines.level).toBe("debug");
});

test("a listener is told no secret", () => {
  const { lines, log } = listenedTo();
  const heard: string[] = [];
  lines.listen("info", (line) => heard.push(line));
  log.info({ token: "s3cret", url: "nats://me:s3cret@host" }, "connected");
  expect(heard.join()).not.toContain("s3cret");
});
