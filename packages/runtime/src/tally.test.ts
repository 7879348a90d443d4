import { expect, test } from "vitest";
import { atMost, labelGuard } from "./metric-labels.ts";
import { Tally } from "./tally.ts";

function counted() {
  const told: (readonly [number, object])[] = [];
  const guard = labelGuard({ service: atMost(2), direction: ["up", "down"] });
  const tally = new Tally(["service", "direction"], guard, (sum, labels) => told.push([sum, labels]));
  return { told, tally };
}

test("what is counted for the same labels is one sum, which is told once", () => {
  const { told, tally } = counted();
  tally.add(1, { service: "web", direction: "up" });
  tally.add(2, { service: "web", direction: "down" });
  tally.add(3, { direction: "up", service: "web" });
  expect(told).toEqual([]);
  tally.flush();
  expect(told).toEqual([
    [4, { service: "web", direction: "up" }],
    [2, { service: "web", direction: "down" }],
  ]);
  tally.flush();
  expect(told.length).toBe(2);
});

test("labels are those of their sets", () => {
  const { told, tally } = counted();
  for (const service of ["a", "b", "c"]) tally.add(1, { service, direction: "up" });
  tally.flush();
  expect(told.map(([, labels]) => labels)).toEqual([
    { service: "a", direction: "up" },
    { service: "b", direction: "up" },
    { service: "other", direction: "up" },
  ]);
});

test("however many labels there are, few wait", () => {
  const { told, tally } = counted();
  for (let i = 0; i < 2_500; i++) tally.add(1, { service: `${i}`, direction: "up" });
  expect(told.length).toBeGreaterThan(2_000);
  tally.flush();
  expect(told.reduce((sum, [value]) => sum + value, 0)).toBe(2_500);
});
