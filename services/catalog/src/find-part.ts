import { type CatalogOperation, type CatalogResult, withIndexes } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { folded } from "./same.ts";

/** What an operation of a transaction is about, by name. */
export type PartNames = { readonly node: string; readonly nodeId: string; readonly id: string };

/** The names in an operation: an ID that is missing is the service's or the check's name. */
export function namesIn({ Part, Registration }: CatalogOperation): PartNames {
  const { Node, ID, Service, Check } = Registration;
  const ids = { Node: "", Service: Service?.ID || Service?.Service, Check: Check?.CheckID || Check?.Name };
  return { node: Node ?? "", nodeId: ID ?? "", id: ids[Part] ?? "" };
}

/** The node, service or check that an operation is about, as readers see it; a node is found by its UUID where one is given. */
export function findPart(
  catalog: CatalogIndex,
  part: CatalogOperation["Part"],
  { node, nodeId, id }: PartNames,
): CatalogResult | undefined {
  switch (part) {
    case "Node": {
      const found = nodeId === "" ? catalog.node(node) : catalog.nodeWithId(nodeId);
      return found && { Node: withIndexes(found.value, found.revision).Node };
    }
    case "Service": {
      const [found] = catalog.instancesWithId(node, id);
      return found && { Service: withIndexes(found.value, found.revision).Service };
    }
    case "Check":
      return findCheck(catalog, node, id);
  }
}

function findCheck(catalog: CatalogIndex, node: string, id: string): CatalogResult | undefined {
  const home = catalog.checkHome(node, id);
  if (home === undefined) return undefined;
  const [holder] = home.serviceId === "" ? [catalog.node(node)] : catalog.instancesWithId(node, home.serviceId);
  if (holder === undefined) return undefined;
  const { Checks } = withIndexes(holder.value, holder.revision);
  const Check = Checks.find(({ CheckID }) => folded(CheckID) === folded(id));
  return Check && { Check };
}
