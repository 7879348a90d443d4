import { expect, test } from "vitest";
import { describeTally, sum, tallyOf, type VitestReport } from "./report.ts";

const passed: VitestReport = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: "passed", assertionResults: [{}, {}, {}, {}, {}] }],
};

const cases = [
  {
    name: "passed, skipped and planned tests are counted",
    report: passed,
    tally: { passed: 3, failed: 0, skipped: 2 },
  },
  { name: "tests that never ran are a failure", report: undefined, tally: { passed: 0, failed: 1, skipped: 0 } },
  {
    name: "a failed test is a failure",
    report: {
      ...passed,
      success: false,
      numFailedTests: 2,
      testResults: [{ status: "failed", assertionResults: [{}] }],
    },
    tally: { passed: 3, failed: 2, skipped: 2 },
  },
  {
    name: "a file that cannot be loaded is a failure",
    report: {
      ...passed,
      success: false,
      testResults: [...passed.testResults, { status: "failed", assertionResults: [] }],
    },
    tally: { passed: 3, failed: 1, skipped: 2 },
  },
  {
    name: "a run without tests is a failure",
    report: { ...passed, success: false, numPassedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] },
    tally: { passed: 0, failed: 1, skipped: 0 },
  },
] as const;

for (const { name, report, tally } of cases) test(name, () => expect(tallyOf(report)).toEqual(tally));

test("tallies add up", () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(sum([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  expect(sum([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test("skipped tests are mentioned only when there are any", () => {
  expect(describeTally({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
  expect(describeTally({ passed: 12, failed: 1, skipped: 2 })).toBe("12 passed, 1 failed, 2 skipped");
});
