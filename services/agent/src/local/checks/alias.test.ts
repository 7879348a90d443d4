import { expect, test } from "vitest";
import { aliasResult } from "./alias.ts";

const passing = { Name: "a", Status: "passing", Output: "" } as const;
const warning = { Name: "b", Status: "warning", Output: "slow" } as const;
const critical = { Name: "c", Status: "critical", Output: "bad" } as const;

test.each([
  ["nothing is followed", [], "passing", "No checks found."],
  ["all pass", [passing], "passing", "All checks passing."],
  ["one warns", [passing, warning], "warning", 'Aliased check "b" failing: slow'],
  ["one is critical, whatever the order", [critical, warning], "critical", 'Aliased check "c" failing: bad'],
  ["one is critical after a warning", [warning, critical], "critical", 'Aliased check "c" failing: bad'],
] as const)("when %s", (_, followed, status, output) => {
  expect(aliasResult(followed)).toEqual({ status, output });
});
