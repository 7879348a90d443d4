import { describe, expect, test } from "vitest";
import { Ledger } from "./ledger.ts";
import { noMetrics } from "./metrics.ts";
import type { ConnectionRecord } from "./record.ts";

function record(outcome: ConnectionRecord["outcome"], id = 1): ConnectionRecord {
  return {
    id,
    listener: "public",
    client: "10.0.0.1:1",
    outcome,
    bytesToUpstream: 0,
    bytesToClient: 0,
    seconds: 0,
    endedMs: 0,
  };
}

function ledgerAt(now: () => number, refusalsKept = 3) {
  const lines: { readonly level: string; readonly fields: object }[] = [];
  const write = (level: string) => (fields: object) => {
    lines.push({ level, fields });
  };
  const log = { debug: write("debug"), info: write("info"), warn: write("warn") };
  return { lines, ledger: new Ledger({ log, metrics: noMetrics, refusalsKept, now }) };
}

describe("an ended connection is logged", () => {
  for (const [outcome, level] of [
    ["CARRIED", "info"],
    ["CLIENT_RESET", "info"],
    ["UPSTREAM_RESET", "info"],
    ["DRAINED", "info"],
    ["CLIENT_CLOSED", "debug"],
    ["DENIED", "warn"],
    ["NO_LONGER_ALLOWED", "warn"],
  ] as const) {
    test(`${outcome} as ${level}`, () => {
      const { ledger, lines } = ledgerAt(() => 0);
      ledger.enter(record(outcome));
      expect(lines).toEqual([{ level, fields: record(outcome) }]);
      expect(ledger.refusals()).toEqual(level === "warn" ? [record(outcome)] : []);
    });
  }
});

test("the last refusals are remembered, the latest first", () => {
  const { ledger } = ledgerAt(() => 0);
  for (let id = 1; id <= 5; id++) ledger.enter(record("DENIED", id));
  expect(ledger.refusals().map(({ id }) => id)).toEqual([5, 4, 3]);
});

test("a flood of refusals does not flood the log, and what was left out is counted", () => {
  let nowMs = 0;
  const { ledger, lines } = ledgerAt(() => nowMs);
  for (let i = 0; i < 1_000; i++) ledger.enter(record("DENIED"));
  expect(lines.length).toBe(20);
  nowMs += 1_000;
  for (let i = 0; i < 1_000; i++) ledger.enter(record("DENIED"));
  expect(lines.length).toBe(25);
  expect(lines[20]?.fields).toMatchObject({ refusedUnlogged: 980 });
});
