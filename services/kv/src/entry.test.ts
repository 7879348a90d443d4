import type { KvEntry } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { type KvWrite, released, written } from "./entry.ts";

const entry = (value: string, more: Partial<KvEntry> = {}) => ({
  value: { Value: value, Flags: "0", LockIndex: 0, CreateIndex: 3, ModifyIndex: 0, ...more },
  revision: 7,
});
const content = { value: "new", flags: "5" };
const changed = { Value: "new", Flags: "5", LockIndex: 0, CreateIndex: 3, ModifyIndex: 0 };
const created = { ...changed, CreateIndex: 0 };
const locked = entry("old", { LockIndex: 2, Session: "s" });

type Case = readonly [
  what: string,
  stored: ReturnType<typeof entry> | undefined,
  write: KvWrite,
  next: object | undefined,
];

describe("a write takes place", () => {
  test.each<Case>([
    ["of a key that is not there", undefined, { kind: "set", ...content }, created],
    ["over what is there", entry("old"), { kind: "set", ...content }, changed],
    ["and keeps the lock", locked, { kind: "set", ...content }, { ...changed, LockIndex: 2, Session: "s" }],
    ["at index 0, of a key that is not there", undefined, { kind: "cas", index: 0, ...content }, created],
    ["at the index of what is there", entry("old"), { kind: "cas", index: 7, ...content }, changed],
    ["as a lock", entry("old"), { kind: "lock", session: "s", ...content }, { ...changed, LockIndex: 1, Session: "s" }],
    [
      "as a lock of a new key",
      undefined,
      { kind: "lock", session: "s", ...content },
      { ...created, LockIndex: 1, Session: "s" },
    ],
    [
      "by who has the lock",
      locked,
      { kind: "lock", session: "s", ...content },
      { ...changed, LockIndex: 2, Session: "s" },
    ],
    ["as the end of a lock", locked, { kind: "unlock", session: "s", ...content }, { ...changed, LockIndex: 2 }],
    ["as a deletion", entry("old"), { kind: "delete" }, undefined],
    ["as a deletion of nothing", undefined, { kind: "delete" }, undefined],
    ["as a deletion at its index", entry("old"), { kind: "delete-cas", index: 7 }, undefined],
    ["as a deletion of nothing, at any index", undefined, { kind: "delete-cas", index: 9 }, undefined],
  ])("%s", (_, stored, write, next) => expect(written(stored, write)).toEqual({ applied: true, next }));
});

describe("a write is refused and changes nothing", () => {
  test.each<readonly [string, ReturnType<typeof entry> | undefined, KvWrite]>([
    ["at index 0, of a key that is there", entry("old"), { kind: "cas", index: 0, ...content }],
    ["at another index", entry("old"), { kind: "cas", index: 6, ...content }],
    ["at an index, of a key that is not there", undefined, { kind: "cas", index: 7, ...content }],
    ["as a lock that another has", locked, { kind: "lock", session: "t", ...content }],
    ["as the end of another's lock", locked, { kind: "unlock", session: "t", ...content }],
    ["as the end of no lock", entry("old"), { kind: "unlock", session: "t", ...content }],
    ["as a deletion at another index", entry("old"), { kind: "delete-cas", index: 6 }],
    ["as a deletion at index 0", entry("old"), { kind: "delete-cas", index: 0 }],
  ])("%s", (_, stored, write) => {
    const { applied, next } = written(stored, write);
    expect(applied).toBe(false);
    expect(next).toBe(stored?.value);
  });
});

test("a write of what is there is none, index included", () => {
  const stored = entry("new", { Flags: "5" });
  expect(written(stored, { kind: "set", ...content })).toEqual({ applied: true, next: stored.value });
  expect(written(stored, { kind: "set", ...content }).next).toBe(stored.value);
});

test("a key that is let go keeps its value and how often it was locked", () => {
  expect(released(locked)).toEqual({ Value: "old", Flags: "0", LockIndex: 2, CreateIndex: 3, ModifyIndex: 0 });
});
