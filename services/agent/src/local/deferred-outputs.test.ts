import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { DeferredOutputs } from "./deferred-outputs.ts";

function deferring(checkUpdateIntervalMs = 300_000) {
  const clock = new FakeClock();
  let due = 0;
  const outputs = new DeferredOutputs({ clock, checkUpdateIntervalMs, random: () => 0.5, due: () => due++ });
  return { clock, outputs, due: () => due };
}

test("an output waits for its time, whatever is told meanwhile, and is then told once", async () => {
  const { clock, outputs, due } = deferring();
  outputs.defer(["c"]);
  await clock.advance(200_000);
  outputs.defer(["c"]);
  await clock.advance(99_999);
  expect([outputs.isDue("c"), due()]).toEqual([false, 0]);
  await clock.advance(1);
  expect([outputs.isDue("c"), due()]).toEqual([true, 1]);
  outputs.defer([]);
  expect(outputs.isDue("c")).toBe(false);
});

test("one that has been told with its check waits no more", async () => {
  const { clock, outputs, due } = deferring();
  outputs.defer(["c"]);
  outputs.defer([]);
  await clock.advance(600_000);
  expect(due()).toBe(0);
  expect(clock.waiting).toBe(0);
});

test("one that came with another status is due, though the status is the old one again", () => {
  const { outputs } = deferring();
  const dueAfter = (status: "passing" | "critical") => {
    outputs.note("c", status);
    return outputs.isDue("c");
  };
  expect(dueAfter("critical")).toBe(true);
  outputs.defer([]);
  expect(dueAfter("critical")).toBe(false);
  expect(dueAfter("passing")).toBe(true);
  expect(dueAfter("critical")).toBe(true);
});

test("without an interval each is due at once", () => {
  expect(deferring(0).outputs.isDue("c")).toBe(true);
});
