import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGoDuration } from "./go-duration.ts";

const readable: readonly [text: string, ms: number][] = [
  ["0", 0],
  ["5s", 5_000],
  ["250ms", 250],
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["1.s", 1_000],
  ["-2s", -2_000],
  ["+2s", 2_000],
  ["1000us", 1],
  ["1000µs", 1],
  ["1000μs", 1],
  ["1000000ns", 1],
];

const unreadable = ["", "5", "s", "5 s", "five", "5s!", "1m30", "--5s", ".", ".s", "5d", "1e3s", "NaN", "-"];

describe("parseGoDuration", () => {
  for (const [text, ms] of readable) {
    test(`reads ${text}`, () => expect(parseGoDuration(text)).toBeCloseTo(ms, 9));
  }

  for (const text of unreadable) {
    test(`takes ${JSON.stringify(text)} for no duration`, () => expect(parseGoDuration(text)).toBeUndefined());
  }

  test("parts add up in any order", () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom("ms", "s", "m", "h"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = (list: typeof parts) => list.map(([amount, unit]) => `${amount}${unit}`).join("");
        expect(parseGoDuration(text(parts))).toBe(parseGoDuration(text([...parts].reverse())));
      }),
    );
  });
});
