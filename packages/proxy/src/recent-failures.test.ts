import { expect, test } from "vitest";
import { placeOf, RecentFailures } from "./recent-failures.ts";

const REFUSED = { code: "DIAL_FAILED", address: "a", reason: "connection refused" } as const;

test("an address is aside for 5 s, then twice as long with each failure in a row, at most a minute", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  for (const asideMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    failures.add("a", REFUSED);
    nowMs += asideMs - 1;
    expect(failures.has("a")).toBe(true);
    nowMs += 1;
    expect(failures.has("a")).toBe(false);
  }
});

test("an address that was reached begins anew", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  failures.add("a", REFUSED);
  failures.add("a", REFUSED);
  failures.delete("a");
  expect(failures.has("a")).toBe(false);
  failures.add("a", REFUSED);
  nowMs += 5_000;
  expect(failures.has("a")).toBe(false);
});

test("many addresses that failed long ago are swept out, and the recent ones kept", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  for (let i = 0; i < 1_000; i++) failures.add(`old-${i}`, REFUSED);
  nowMs += 10_000;
  failures.add("new", REFUSED);
  expect(failures.has("new")).toBe(true);
  expect(failures.size).toBe(1);
});

test("a place that is aside says why", () => {
  let nowMs = 0;
  const failures = new RecentFailures(() => nowMs);
  failures.add("a", { ...REFUSED, reason: "no answer" });
  failures.add("a", REFUSED);
  expect(failures.of("a")).toEqual(REFUSED);
  nowMs += 10_000;
  expect(failures.of("a")).toBeUndefined();
});

test("a place is an address, in the mesh with the server name by which it leads somewhere", () => {
  const mesh = { kind: "mesh", leaf: "web", serverName: "db.dc2", spiffeIds: [] } as const;
  expect(placeOf("10.0.0.1", 80, { kind: "plain" })).toBe("10.0.0.1:80");
  expect(placeOf("10.0.0.1", 80, { kind: "tls", caFile: "ca.pem", serverName: "db" })).toBe("10.0.0.1:80");
  expect(placeOf("::1", 443, mesh)).toBe("[::1]:443 db.dc2");
  expect(placeOf("::1", 443, { ...mesh, serverName: "api.dc2" })).not.toBe(placeOf("::1", 443, mesh));
});
