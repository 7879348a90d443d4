import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOverdue, leafRenewal, renewalAfterRootChange } from "./renewal.ts";

const LIFE = { notBeforeMs: 1_000, notAfterMs: 11_000 };

describe("leafRenewal", () => {
  const cases = [
    { name: "60 % of the life for the lowest number", random: 0, atMs: 7_000 },
    { name: "75 % for the middle one", random: 0.5, atMs: 8_500 },
    { name: "just under 90 % for the highest", random: 0.999_999, atMs: 9_999.997 },
  ];
  for (const { name, random, atMs } of cases) {
    test(name, () => expect(leafRenewal(LIFE, () => random)).toBeCloseTo(atMs, 3));
  }

  test("is spread evenly: each tenth of the time between gets a tenth of the leaves", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let nth = 0; nth < 1_000; nth++) {
      const tenth = Math.floor((leafRenewal(LIFE, () => nth / 1_000) - 7_000) / 300);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 100)).toBeLessThanOrEqual(1);
  });
});

test("after a root change a leaf is replaced within 30 seconds", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (random) => {
      const waitMs = renewalAfterRootChange(5_000, () => random) - 5_000;
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThan(30_000);
    }),
  );
});

test("a leaf is overdue from 90 % of its life on", () => {
  expect(isOverdue(LIFE, 9_999)).toBe(false);
  expect(isOverdue(LIFE, 10_000)).toBe(true);
  expect(isOverdue(LIFE, 12_000)).toBe(true);
});
