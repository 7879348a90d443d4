import type { CheckStatus } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { damped, keptOutput, type Streak } from "./result.ts";

function report(
  first: CheckStatus,
  found: readonly CheckStatus[],
  limits: { ok?: number; bad?: number },
): CheckStatus[] {
  let reported = first;
  let streak: Streak | undefined;
  return found.map((status) => {
    const thresholds = { successBeforePassing: limits.ok ?? 0, failuresBeforeCritical: limits.bad ?? 0 };
    ({ status: reported, streak } = damped(reported, streak, status, thresholds));
    return reported;
  });
}

describe("a check's status", () => {
  test("follows every look when nothing damps it", () => {
    expect(report("critical", ["passing", "critical", "warning"], {})).toEqual(["passing", "critical", "warning"]);
  });

  test("turns critical only after the failures that are forgiven", () => {
    expect(report("passing", ["critical", "critical", "critical"], { bad: 2 })).toEqual([
      "passing",
      "passing",
      "critical",
    ]);
  });

  test("turns passing only after the successes that are wanted first", () => {
    expect(report("critical", ["passing", "critical", "passing", "passing"], { ok: 1 })).toEqual([
      "critical",
      "critical",
      "critical",
      "passing",
    ]);
  });
});

test("a long output keeps its end and says so", () => {
  const kept = keptOutput(`${"x".repeat(5_000)}end`);
  expect(kept).toMatch(/^Captured 4096 of 5003 bytes\n\.\.\.\nx+end$/);
});
