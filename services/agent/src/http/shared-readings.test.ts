import { expect, test } from "vitest";
import { Topics } from "../views/topics.ts";
import { questionOf, SharedReadings } from "./shared-readings.ts";

test("who asks for the same is given the same, until something changes", () => {
  const topics = new Topics();
  const shared = new SharedReadings();
  const first = shared.of(topics, "a", () => ({}))();
  expect(shared.of(topics, "a", () => ({}))()).toBe(first);
  expect(shared.of(topics, "b", () => ({}))()).not.toBe(first);
  topics.changed("anything", 2);
  const second = shared.of(topics, "a", () => ({}))();
  expect(second).not.toBe(first);
  topics.gone("anything", 3);
  expect(shared.of(topics, "a", () => ({}))()).not.toBe(second);
});

test("who waits for the same is held by the same, changes or not", () => {
  const topics = new Topics();
  const shared = new SharedReadings();
  const first = shared.of(topics, "a", () => ({}));
  topics.changed("anything", 2);
  expect(shared.of(topics, "a", () => ({}))).toBe(first);
  expect(shared.of(topics, "b", () => ({}))).not.toBe(first);
});

test.each([
  ["/v1/a", "index=7&wait=10s", "/v1/a?"],
  ["/v1/a", "passing&index=7&tag=x&tag=y", "/v1/a?passing=&tag=x&tag=y"],
])("%s?%s is the question %s", (path, query, question) => {
  expect(questionOf({ path, query: new URLSearchParams(query) })).toBe(question);
});
