import type { KvEntry, KvOperation } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { planned, type TransactionState } from "./transaction.ts";

const stored = (Value: string, revision: number, more: Partial<KvEntry> = {}) => ({
  value: { Value, Flags: "0", LockIndex: 0, CreateIndex: 1, ModifyIndex: 0, ...more },
  revision,
});
const ENTRIES = new Map([
  ["a/1", stored("one", 4)],
  ["a/2", stored("two", 5, { LockIndex: 1, Session: "s" })],
  ["b", stored("bee", 6)],
]);
const STATE: TransactionState = {
  get: (key) => ENTRIES.get(key),
  keysUnder: (prefix) => [...ENTRIES.keys()].filter((key) => key.startsWith(prefix)),
  isSession: (id) => id === "s" || id === "t",
  isDelayed: (key) => key === "delayed",
};
const plan = (...operations: KvOperation[]) => planned(operations, STATE);

describe("an operation fails", () => {
  test.each<readonly [KvOperation, string]>([
    [{ Verb: "zap", Key: "a/1" }, 'unknown KV verb "zap"'],
    [{ Verb: "set", Key: "" }, "Must provide key"],
    [{ Verb: "get", Key: "none" }, 'key "none" doesn\'t exist'],
    [{ Verb: "cas", Key: "a/1", Index: 3 }, 'failed to set key "a/1", index is stale'],
    [{ Verb: "delete-cas", Key: "a/1", Index: 3 }, 'failed to delete key "a/1", index is stale'],
    [{ Verb: "check-not-exists", Key: "a/1" }, 'key "a/1" exists'],
    [{ Verb: "check-index", Key: "none", Index: 3 }, 'failed to check index, key "none" doesn\'t exist'],
    [{ Verb: "check-index", Key: "a/1", Index: 3 }, 'failed index check for key "a/1", current modify index 4 != 3'],
    [{ Verb: "check-session", Key: "none", Session: "s" }, 'failed to check session, key "none" doesn\'t exist'],
    [
      { Verb: "check-session", Key: "a/2", Session: "t" },
      'failed session check for key "a/2", current session "s" != "t"',
    ],
    [{ Verb: "lock", Key: "a/1" }, "missing session"],
    [{ Verb: "lock", Key: "a/1", Session: "x" }, 'invalid session "x"'],
    [{ Verb: "lock", Key: "a/2", Session: "t" }, 'failed to lock key "a/2", lock is already held'],
    [{ Verb: "lock", Key: "delayed", Session: "t" }, 'failed to lock key "delayed" due to lock delay'],
    [
      { Verb: "unlock", Key: "a/2", Session: "t" },
      'failed to unlock key "a/2", lock isn\'t held, or is held by another session',
    ],
  ])("%j: %s", (operation, What) => {
    expect(plan({ Verb: "get", Key: "b" }, operation).errors).toEqual([{ OpIndex: 1, What }]);
  });
});

test("operations see what those before them did", () => {
  const { errors, changes, results } = plan(
    { Verb: "delete-tree", Key: "a/" },
    { Verb: "check-not-exists", Key: "a/1" },
    { Verb: "set", Key: "a/3", Value: "three" },
    { Verb: "get-tree", Key: "a/" },
    { Verb: "set", Key: "a/3", Value: "drei" },
    { Verb: "delete", Key: "none" },
  );
  expect(errors).toEqual([]);
  expect([...changes].map(([key, { after }]) => [key, after?.Value])).toEqual([
    ["a/1", undefined],
    ["a/2", undefined],
    ["a/3", "drei"],
  ]);
  expect(changes.get("a/3")?.after).toMatchObject({ CreateIndex: 0, ModifyIndex: 0 });
  const told = results.map(({ key, entry, withValue }) => [key, withValue ? entry.value.Value : ""]);
  expect(told).toEqual([
    ["a/3", ""],
    ["a/3", "three"],
    ["a/3", ""],
  ]);
});

test("what a transaction wrote has no index that a client could know", () => {
  const twice = plan({ Verb: "set", Key: "b", Value: "new" }, { Verb: "check-index", Key: "b", Index: 6 });
  expect(twice.errors).toHaveLength(1);
  const zero = plan({ Verb: "set", Key: "c", Value: "new" }, { Verb: "cas", Key: "c", Index: 0, Value: "newer" });
  expect(zero.errors).toHaveLength(1);
});

test("a write of what is there changes nothing, and is told of at its index", () => {
  const { changes, results } = plan({ Verb: "set", Key: "b", Value: "bee" });
  expect(changes.size).toBe(0);
  expect(results).toMatchObject([{ key: "b", entry: { revision: 6 } }]);
});
