import { expect, test } from "vitest";
import { Deadlines, lift } from "./deadlines.ts";

test("deadlines come in their order, those that were lifted do not, and the next is known", () => {
  const deadlines = new Deadlines();
  const came: string[] = [];
  deadlines.set(0, 100, () => came.push("100"));
  deadlines.set(0, 50, () => came.push("50"));
  const lifted = deadlines.set(0, 50, () => came.push("lifted"));
  deadlines.set(10, 50, () => came.push("60"));
  expect(deadlines.next(0, 500)).toBe(50);
  lift(lifted);
  lift(undefined);
  deadlines.run(49.9);
  expect(came).toEqual([]);
  expect(deadlines.next(49.9, 500)).toBe(1);
  deadlines.run(60);
  expect(came).toEqual(["50", "60"]);
  expect(deadlines.next(60, 500)).toBe(40);
  expect(deadlines.next(60, 10)).toBe(10);
  deadlines.run(1_000);
  lift(lifted);
  expect(came).toEqual(["50", "60", "100"]);
  expect(deadlines.next(1_000, 500)).toBe(500);
});

test("work may set deadlines and lift others", () => {
  const deadlines = new Deadlines();
  const came: string[] = [];
  deadlines.set(0, 10, () => {
    came.push("first");
    lift(second);
    deadlines.set(10, 10, () => came.push("later"));
  });
  const second = deadlines.set(0, 10, () => came.push("second"));
  deadlines.run(10);
  expect(came).toEqual(["first"]);
  deadlines.run(20);
  expect(came).toEqual(["first", "later"]);
});
