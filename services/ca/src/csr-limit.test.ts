import fc from "fast-check";
import { expect, test } from "vitest";
import { CsrLimit } from "./csr-limit.ts";

test("requests that come slowly do not wait", () => {
  const limit = new CsrLimit();
  expect([0, 20, 40, 1_000].map((nowMs) => limit.take(50, nowMs))).toEqual([0, 0, 0, 0]);
});

test("of many at once each waits for its turn, and those beyond half a second take none", () => {
  const limit = new CsrLimit();
  const waits = Array.from({ length: 40 }, () => limit.take(50, 0));
  expect(waits.slice(0, 26)).toEqual(Array.from({ length: 26 }, (_, n) => n * 20));
  expect(new Set(waits.slice(26))).toEqual(new Set([undefined]));
  expect(limit.take(50, 520)).toBe(0);
});

test("0 is without limit", () => {
  const limit = new CsrLimit();
  expect(Array.from({ length: 1_000 }, () => limit.take(0, 0))).toEqual(Array.from({ length: 1_000 }, () => 0));
});

test("whenever they come, no two turns are closer than the limit says", () => {
  const arrivals = fc.array(fc.nat(30), { minLength: 2, maxLength: 200 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 200 }), (gaps, perSecond) => {
      const limit = new CsrLimit();
      const turns: number[] = [];
      let nowMs = 0;
      for (const gap of gaps) {
        nowMs += gap;
        const waitMs = limit.take(perSecond, nowMs);
        if (waitMs !== undefined) turns.push(nowMs + waitMs);
      }
      for (const [at, turn] of turns.entries()) {
        if (at > 0) expect(turn - (turns[at - 1] ?? 0)).toBeGreaterThanOrEqual(1_000 / perSecond - 1e-6);
      }
    }),
  );
});
