import { SERF_CHECK } from "@causeway/model";
import type { Member } from "../render/member-json.ts";
import { folded } from "./catalog-topics.ts";
import type { CatalogView } from "./catalog-view.ts";

/** Every agent that the catalog knows of: whoever has the check by which a node counts as having one, and those that are gone. */
export function membersIn(catalog: Pick<CatalogView, "agents" | "nodes">): readonly Omit<Member, "datacenter">[] {
  const present = catalog.nodes().flatMap(({ Node: node, Checks }) => {
    const check = Checks.find(({ CheckID }) => CheckID === SERF_CHECK);
    if (check === undefined) return [];
    return [{ node, status: check.Status === "critical" ? ("failed" as const) : ("alive" as const) }];
  });
  const names = new Set(present.map(({ node }) => folded(node.Node)));
  const gone = catalog.agents().filter(({ Node, Status }) => Status !== "alive" && !names.has(folded(Node)));
  return [...present, ...gone.map((agent) => ({ node: agent, status: agent.Status }))];
}
