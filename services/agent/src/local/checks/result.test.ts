import type { CheckStatus } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { damped, keptNote, newStreak } from "./result.ts";

type Limits = { readonly ok?: number; readonly warn?: number; readonly bad?: number };

/** What is reported after each look, beginning with "critical" as a check does. */
function report(found: readonly CheckStatus[], { ok = 0, bad = 0, warn = bad }: Limits): CheckStatus[] {
  const thresholds = { successBeforePassing: ok, failuresBeforeWarning: warn, failuresBeforeCritical: bad };
  let reported: CheckStatus = "critical";
  let streak = newStreak(thresholds);
  return found.map((one) => {
    const next = damped(streak, one, thresholds);
    ({ streak } = next);
    reported = next.status ?? reported;
    return reported;
  });
}

describe("a check's status", () => {
  test.each([
    {
      name: "follows every look when nothing damps it",
      found: ["passing", "critical", "warning"],
      limits: {},
      reported: ["passing", "critical", "warning"],
    },
    {
      name: "believes the first look at once",
      found: ["passing"],
      limits: { ok: 3 },
      reported: ["passing"],
    },
    {
      name: "turns critical after so many failures in a row",
      found: ["passing", "critical", "critical", "passing", "critical", "critical", "critical"],
      limits: { bad: 3 },
      reported: ["passing", "passing", "passing", "passing", "passing", "passing", "critical"],
    },
    {
      name: "turns passing after so many successes in a row",
      found: ["critical", "passing", "critical", "passing", "passing"],
      limits: { ok: 2 },
      reported: ["critical", "critical", "critical", "critical", "passing"],
    },
    {
      name: "warns before it turns critical where that is asked for",
      found: ["passing", "critical", "critical", "critical"],
      limits: { warn: 2, bad: 3 },
      reported: ["passing", "passing", "warning", "critical"],
    },
  ] as const)("$name", ({ found, limits, reported }) => {
    expect(report(found, limits)).toEqual(reported);
  });
});

test("a long note keeps its beginning and says so", () => {
  expect(keptNote(`begin${"x".repeat(5_000)}`, 4_096)).toMatch(/^beginx+ \.\.\. \(captured 4096 of 5005 bytes\)$/);
  expect(keptNote("short", 4_096)).toBe("short");
});
