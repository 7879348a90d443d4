import type { CatalogCheck, CheckStatus } from "@causeway/model";
import { worstStatus } from "@causeway/routes";
import type { CatalogView } from "../views/catalog-view.ts";
import { type Json, kept } from "./catalog-json.ts";

/** How many nodes, service instances and checks there are, by name, and how they are. */
export function catalogOverviewJson(view: CatalogView): Json {
  const nodes = view.nodes();
  const services = view.services().map((instances) => {
    return healthJson(instances[0]?.Service.Service ?? "", instances.map(ofItsOwn));
  });
  const checks = nodes.flatMap(({ Node, Checks }) => [
    ...Checks,
    ...view.instancesOn(Node.Node).flatMap((instance) => instance.Checks),
  ]);
  const byName = [...Map.groupBy(checks, ({ Name }) => Name)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    Nodes: [healthJson("", nodes.map(ofItsOwn))],
    Services: services,
    Checks: byName.map(([name, all]) => healthJson(name, all.map(statusOf))),
  };
}

/** Consul counts a node's checks for the node alone. */
function ofItsOwn({ Checks }: { readonly Checks: CatalogCheck[] }): CheckStatus {
  return worstStatus({ Checks, NodeChecks: [] });
}

function statusOf({ Status }: CatalogCheck): CheckStatus {
  return Status;
}

function healthJson(name: string, statuses: readonly CheckStatus[]): Json {
  const countOf = (status: CheckStatus) => statuses.filter((one) => one === status).length;
  return {
    ...kept({ Name: name }),
    Total: statuses.length,
    Passing: countOf("passing"),
    Warning: countOf("warning"),
    Critical: countOf("critical"),
  };
}
