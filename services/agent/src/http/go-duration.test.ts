import fc from "fast-check";
import { expect, test } from "vitest";
import { formatGoDuration, parseGoDuration } from "./go-duration.ts";

test.each([
  ["0", 0, "0s"],
  ["1m", 60e9, "1m0s"],
  ["90s", 90e9, "1m30s"],
  ["72h", 259_200e9, "72h0m0s"],
  ["1.5s", 1.5e9, "1.5s"],
  ["300ms", 300e6, "300ms"],
  ["2us", 2e3, "2µs"],
  ["7ns", 7, "7ns"],
  ["-1s", -1e9, "-1s"],
  ["1h30m.5s", 5_400.5e9, "1h30m0.5s"],
])("%s is %d ns and written %s", (text, ns, written) => {
  expect(parseGoDuration(text)).toBe(ns);
  expect(formatGoDuration(ns)).toBe(written);
});

test.each(["", "-", "1", "abc", "1x", "s", "1s2", "1 s", "."])("%j is no duration", (text) => {
  expect(parseGoDuration(text)).toBeUndefined();
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), (ns) => {
      expect(parseGoDuration(formatGoDuration(ns))).toBe(ns);
    }),
  );
});
