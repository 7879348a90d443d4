import { Refusal } from "@causeway/bus";
import { type DeregisterRequest, withIndexes } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { removalOf } from "./node-draft.ts";
import { emptyPlan, type Plan } from "./plan.ts";
import { folded } from "./same.ts";

/**
 * What has to be written so that a service, a check, or else the whole node is gone: nothing when it is. Throws a Refusal when no node
 * is named.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/catalog#deregister-entity
 */
export function planDeregistration(catalog: CatalogIndex, { Node, ServiceID, CheckID }: DeregisterRequest): Plan {
  if (!Node) throw new Refusal(500, "Must provide node");
  if (ServiceID) {
    return { ...emptyPlan(Node), instanceRemovals: catalog.instancesWithId(Node, ServiceID).map(removalOf) };
  }
  return CheckID ? planWithoutCheck(catalog, Node, CheckID) : planWithoutNode(catalog, Node);
}

function planWithoutNode(catalog: CatalogIndex, node: string): Plan {
  const stored = catalog.node(node);
  return {
    ...emptyPlan(node),
    instanceRemovals: catalog.instancesOn(node).map(removalOf),
    nodeRemovals: stored === undefined ? [] : [{ names: [stored.value.Node.Node], revision: stored.revision }],
  };
}

function planWithoutCheck(catalog: CatalogIndex, node: string, checkId: string): Plan {
  const others = <C extends { readonly CheckID: string }>(checks: readonly C[]) =>
    checks.filter(({ CheckID }) => folded(CheckID) !== folded(checkId));
  const home = catalog.checkHome(node, checkId);
  const stored = catalog.node(node);
  if (home === undefined || stored === undefined) return emptyPlan(node);
  if (home.serviceId === "") {
    const { Node, Checks } = withIndexes(stored.value, stored.revision);
    return { ...emptyPlan(node), nodeWrite: { record: { Node, Checks: others(Checks) }, revision: stored.revision } };
  }
  const [instance] = catalog.instancesWithId(node, home.serviceId);
  if (instance === undefined) return emptyPlan(node);
  const { Service, Checks } = withIndexes(instance.value, instance.revision);
  const write = { service: Service, checks: others(Checks), revision: instance.revision };
  return { ...emptyPlan(node), instanceWrites: [write] };
}
