import { expect, test } from "vitest";
import { ConfigView, configTopics } from "./config-view.ts";

function applied(...changes: readonly (readonly [revision: number, kind: string, name: string, present?: boolean])[]) {
  const view = new ConfigView();
  for (const [revision, kind, name, present = true] of changes) {
    const value = { Kind: kind, Name: name, CreateIndex: 0, ModifyIndex: 0 };
    view.apply({ kind, names: [name], revision, record: present ? { value, revision } : undefined });
  }
  return view;
}

test("entries are listed by name, and found whatever their case", () => {
  const view = applied([1, "service-defaults", "web"], [2, "service-defaults", "API"], [3, "mesh", "mesh"]);
  expect(view.list("service-defaults").map(({ Name }) => Name)).toEqual(["API", "web"]);
  expect(view.all()).toHaveLength(3);
  expect(view.entry("service-defaults", "api")).toMatchObject({ Name: "API", ModifyIndex: 2 });
  expect(view.entry("proxy-defaults", "api")).toBeUndefined();
});

test("an entry that is deleted is gone from every list, and its index stays", () => {
  const view = applied([1, "mesh", "mesh"], [5, "mesh", "mesh", false]);
  expect(view.all()).toEqual([]);
  expect(view.entry("mesh", "mesh")).toBeUndefined();
  expect(view.topics.index([configTopics.entry("mesh", "mesh")])).toBe(5);
  expect(view.topics.index([configTopics.kind("mesh")])).toBe(5);
});

test("a change concerns its own entry and kind, and no other", () => {
  const view = applied([1, "service-defaults", "web"], [2, "service-defaults", "api"], [9, "service-defaults", "api"]);
  expect(view.topics.index([configTopics.entry("service-defaults", "web")])).toBe(1);
  expect(view.topics.index([configTopics.kind("service-defaults")])).toBe(9);
  expect(view.topics.index([configTopics.kind("mesh")])).toBe(1);
});
