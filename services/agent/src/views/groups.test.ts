import { expect, test } from "vitest";
import { Groups } from "./groups.ts";

test("a group's values come in the order of their keys", () => {
  const groups = new Groups<number>();
  groups.set("g", "b", 2);
  groups.set("g", "a", 1);
  expect(groups.list("g")).toEqual([1, 2]);
});

test("a value takes the place of the one with its key", () => {
  const groups = new Groups<number>();
  groups.set("g", "a", 1);
  expect(groups.list("g")).toEqual([1]);
  groups.set("g", "a", 3);
  expect(groups.list("g")).toEqual([3]);
});

test("a list stays the same array until its group changes", () => {
  const groups = new Groups<number>();
  groups.set("g", "a", 1);
  const before = groups.list("g");
  groups.set("other", "a", 1);
  expect(groups.list("g")).toBe(before);
});

test("a group is forgotten with its last value", () => {
  const groups = new Groups<number>();
  groups.set("g", "a", 1);
  groups.delete("g", "nothing");
  expect(groups.has("g")).toBe(true);
  groups.delete("g", "a");
  expect(groups.has("g")).toBe(false);
  expect(groups.list("g")).toEqual([]);
  expect(groups.names()).toEqual([]);
});
