import type { AgentRecord } from "@causeway/model";
import { expect, test } from "vitest";
import { checkOf, nodeOf } from "../../test/catalog-records.ts";
import { membersIn } from "./members-in.ts";

const catalog = (nodes: readonly ReturnType<typeof withCheck>[], agents: readonly AgentRecord[] = []) => ({
  nodes: () => nodes,
  agents: () => agents,
});
const withCheck = (node: string, status?: "passing" | "critical") => ({
  Node: nodeOf(node),
  Checks: status === undefined ? [] : [{ ...checkOf("serfHealth"), Status: status }],
});
const agent = (Node: string, Status: AgentRecord["Status"]) => ({ ID: "id", Node, Address: "a", Status, SinceMs: 1 });

const cases = [
  { name: "an external node has no agent", nodes: [withCheck("ext")], members: [] },
  { name: "an agent that is alive", nodes: [withCheck("n", "passing")], members: [["n", "alive"]] },
  {
    name: "an agent that has failed is there once",
    nodes: [withCheck("n", "critical")],
    agents: [agent("n", "failed")],
    members: [["n", "failed"]],
  },
  { name: "an agent that has left", nodes: [], agents: [agent("n", "left")], members: [["n", "left"]] },
  {
    name: "one that was heard on a node that somebody has deregistered is no member until it joins again",
    nodes: [],
    agents: [agent("n", "alive")],
    members: [],
  },
  {
    name: "an agent that is back is alive, though it is not forgotten yet that it had left",
    nodes: [withCheck("N", "passing")],
    agents: [agent("n", "left")],
    members: [["N", "alive"]],
  },
] as const;

for (const { name, nodes, agents, members } of cases.map((each) => ({ agents: [], ...each }))) {
  test(name, () => {
    expect(membersIn(catalog(nodes, agents)).map(({ node, status }) => [node.Node, status])).toEqual(members);
  });
}
