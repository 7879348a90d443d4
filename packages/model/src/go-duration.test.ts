import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationNs, durationText } from "./go-duration.ts";

const texts: readonly [text: string, ns: number, canonical: string][] = [
  ["0", 0, "0s"],
  ["5s", 5e9, "5s"],
  ["1m", 60e9, "1m0s"],
  ["90s", 90e9, "1m30s"],
  ["1.5h", 5_400e9, "1h30m0s"],
  ["72h", 259_200e9, "72h0m0s"],
  ["250ms", 250e6, "250ms"],
  ["1500ms", 1.5e9, "1.5s"],
  ["10us", 10e3, "10µs"],
  ["7ns", 7, "7ns"],
  ["-1s", -1e9, "-1s"],
  [".5s", 5e8, "500ms"],
];

describe("Go durations", () => {
  for (const [text, ns, canonical] of texts) {
    test(`${text} is ${ns} ns, written ${canonical}`, () => {
      expect(durationNs(text)).toBe(ns);
      expect(durationText(ns)).toBe(canonical);
    });
  }

  for (const text of ["", "5", "s", "5 s", "5s!", "1m30", "--5s", ".s", "5d", "NaN"]) {
    test(`${JSON.stringify(text)} is none`, () => expect(durationNs(text)).toBeUndefined());
  }

  test("what is written can be read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (ns) => {
        expect(durationNs(durationText(ns))).toBe(ns);
      }),
    );
  });
});
