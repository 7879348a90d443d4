import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mean, median, medians, quantile } from "./statistics.ts";

test("the mean is the sum by the number, and of nothing there is none", () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNaN();
});

describe("quantile", () => {
  const cases = [
    { name: "the median of an odd number is the one in the middle", samples: [3, 1, 2], share: 0.5, expected: 2 },
    { name: "of 100 samples, the 99th in order is the p99", samples: upTo(100), share: 0.99, expected: 99 },
    { name: "of few samples, the largest is the p99", samples: [5, 9, 7], share: 0.99, expected: 9 },
    { name: "the share 0 is the smallest", samples: [5, 9, 7], share: 0, expected: 5 },
    { name: "numbers are not sorted as texts", samples: [10, 9, 100], share: 0.5, expected: 10 },
    { name: "of nothing there is none", samples: [], share: 0.5, expected: Number.NaN },
  ];
  for (const { name, samples, share, expected } of cases) {
    test(name, () => expect(quantile(samples, share)).toBe(expected));
  }

  test("it is always one of the samples, whatever their order, and grows with the share", () => {
    const samples = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
    const shares = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(samples, shares, (values, [one, other]) => {
        const [low, high] = [
          quantile(values, Math.min(one, other)),
          quantile(values.toReversed(), Math.max(one, other)),
        ];
        expect(values).toContain(low);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });
});

test("the median of an even number lies between the two in the middle", () => {
  expect(median([4, 1, 2, 9])).toBe(3);
  expect(median([])).toBeNaN();
});

test("each thing has its own median over the rounds", () => {
  const rounds = [
    { cpu: 1, mbps: 900 },
    { cpu: 3, mbps: 700 },
    { cpu: 2, mbps: 800 },
  ];
  expect(medians(rounds)).toEqual({ cpu: 2, mbps: 800 });
});

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
