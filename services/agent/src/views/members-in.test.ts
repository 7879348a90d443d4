import type { DepartedRecord } from "@causeway/model";
import { expect, test } from "vitest";
import { checkOf, nodeOf } from "../../test/catalog-records.ts";
import { membersIn } from "./members-in.ts";

const catalog = (nodes: readonly ReturnType<typeof withCheck>[], departed: readonly DepartedRecord[] = []) => ({
  nodes: () => nodes,
  departed: () => departed,
});
const withCheck = (node: string, status?: "passing" | "critical") => ({
  Node: nodeOf(node),
  Checks: status === undefined ? [] : [{ ...checkOf("serfHealth"), Status: status }],
});
const gone = (Node: string, Status: DepartedRecord["Status"]) => ({ ID: "id", Node, Address: "a", Status, SinceMs: 1 });

const cases = [
  { name: "an external node has no agent", nodes: [withCheck("ext")], members: [] },
  { name: "an agent that is alive", nodes: [withCheck("n", "passing")], members: [["n", "alive"]] },
  {
    name: "an agent that has failed is there once",
    nodes: [withCheck("n", "critical")],
    departed: [gone("n", "failed")],
    members: [["n", "failed"]],
  },
  { name: "an agent that has left", nodes: [], departed: [gone("n", "left")], members: [["n", "left"]] },
  {
    name: "an agent that is back is alive, though it is not forgotten yet that it had left",
    nodes: [withCheck("N", "passing")],
    departed: [gone("n", "left")],
    members: [["N", "alive"]],
  },
] as const;

for (const { name, nodes, departed, members } of cases.map((each) => ({ departed: [], ...each }))) {
  test(name, () => {
    expect(membersIn(catalog(nodes, departed)).map(({ node, status }) => [node.Node, status])).toEqual(members);
  });
}
