import { expect, test } from "vitest";
import { memberJson } from "./member-json.ts";

const member = { node: { ID: "id", Node: "n", Address: "10.0.0.1" }, datacenter: "dc2", status: "alive" } as const;

test("an agent is named by its datacenter only among those of all", () => {
  expect(memberJson(member, "lan")).toMatchObject({ Name: "n", Port: 8301, Status: 1, Tags: { dc: "dc2", id: "id" } });
  expect(memberJson(member, "wan")).toMatchObject({ Name: "n.dc2", Port: 8302 });
});

test.each([
  ["alive", 1],
  ["left", 3],
  ["failed", 4],
] as const)("one that %s has Serf's number for it", (status, Status) => {
  expect(memberJson({ ...member, status }, "lan")).toMatchObject({ Status });
});
