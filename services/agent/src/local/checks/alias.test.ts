import type { CheckStatus } from "@causeway/model";
import { expect, test } from "vitest";
import { aliasResult, type Followed } from "./alias.ts";

const of = (ServiceID: string, Name: string, Status: CheckStatus, Output = ""): Followed => ({
  ServiceID,
  Name,
  Status,
  Output,
});
const passing = of("web", "a", "passing");
const warning = of("web", "b", "warning", "slow");
const critical = of("web", "c", "critical", "bad");

test.each([
  ["the service has no checks", [], "passing", "No checks found."],
  ["all pass", [passing], "passing", "All checks passing."],
  ["one warns", [passing, warning], "warning", 'Aliased check "b" failing: slow'],
  ["one is critical, whatever the order", [critical, warning], "critical", 'Aliased check "c" failing: bad'],
  ["one is critical after a warning", [warning, critical], "critical", 'Aliased check "c" failing: bad'],
  ["another service is critical", [passing, of("api", "d", "critical")], "passing", "All checks passing."],
  [
    "the node itself is critical",
    [passing, of("", "n", "critical", "disk")],
    "critical",
    'Aliased check "n" failing: disk',
  ],
] as const)("when %s", (_, onNode, status, output) => {
  expect(aliasResult({ node: "", service: "web" }, onNode, true)).toEqual({ status, output });
});

test("a service that is not there is critical", () => {
  expect(aliasResult({ node: "n2", service: "web" }, [of("api", "d", "passing")], false)).toEqual({
    status: "critical",
    output: "Service web could not be found on node n2",
  });
});

test("a node is followed by its own checks", () => {
  const onNode = [of("", "disk", "warning", "full"), of("web", "c", "critical")];
  expect(aliasResult({ node: "n2", service: "" }, onNode, false)).toEqual({
    status: "warning",
    output: 'Aliased check "disk" failing: full',
  });
});
