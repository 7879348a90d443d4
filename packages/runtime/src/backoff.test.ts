import fc from "fast-check";
import { expect, test } from "vitest";
import { backoff, jitter } from "./backoff.ts";

test("the ceiling doubles with each failure, up to the longest wait", () => {
  const highest = (attempt: number) => backoff(attempt, { baseMs: 100, maxMs: 1_000, random: () => 1 });
  expect([1, 2, 3, 4, 5, 60, 2_000].map(highest)).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test("a wait is between half of its ceiling and the whole", () => {
  fc.assert(
    fc.property(fc.nat(5_000), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (attempt, random) => {
      const waitMs = backoff(attempt, { baseMs: 100, maxMs: 5_000, random: () => random });
      expect(waitMs).toBeGreaterThanOrEqual(50);
      expect(waitMs).toBeLessThanOrEqual(5_000);
    }),
  );
});

test("jitter is chosen evenly between nothing and the most", () => {
  expect([0, 0.25, 0.5].map((random) => jitter(30_000, () => random))).toEqual([0, 7_500, 15_000]);
});
