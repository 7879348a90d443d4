import { expect, test } from "vitest";
import { RecentFailures } from "./recent-failures.ts";

test("an address is aside for 5 s, then twice as long with each failure in a row, at most a minute", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  for (const asideMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    failures.add("a");
    nowMs += asideMs - 1;
    expect(failures.has("a")).toBe(true);
    nowMs += 1;
    expect(failures.has("a")).toBe(false);
  }
});

test("an address that was reached begins anew", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  failures.add("a");
  failures.add("a");
  failures.delete("a");
  expect(failures.has("a")).toBe(false);
  failures.add("a");
  nowMs += 5_000;
  expect(failures.has("a")).toBe(false);
});

test("many addresses that failed long ago are swept out, and the recent ones kept", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  for (let i = 0; i < 1_000; i++) failures.add(`old-${i}`);
  nowMs += 10_000;
  failures.add("new");
  expect(failures.has("new")).toBe(true);
  expect(failures.size).toBe(1);
});
