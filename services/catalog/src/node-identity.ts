import { Refusal, type Stored } from "@causeway/bus";
import { type CatalogNode, type NodeRecord, quoted, withIndexes } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import type { Registration } from "./registration.ts";
import { folded, revised } from "./same.ts";

/** Which node a registration is for. */
export type Identified = {
  /** The node as it is to be stored; with the stored one's own indexes when it does not change. */
  readonly node: CatalogNode;
  /** The record under this name, if there is one. */
  readonly stored: Stored<NodeRecord> | undefined;
  /** A node of another name that this one is from now on; it goes, with all that is on it. */
  readonly renamedFrom: Stored<NodeRecord> | undefined;
};

/** The check that says whether an agent is alive. */
const AGENT_CHECK = "serfHealth";

/**
 * Finds the node that a registration means, by its UUID first and then by its name, or throws a Refusal.
 *
 * A UUID that comes with another name renames its node. A name is reserved for its node's UUID for as long as an agent is alive there;
 * a node without a UUID may be given one.
 */
export function identify(catalog: CatalogIndex, { node, skipNodeUpdate }: Registration): Identified {
  const stored = catalog.node(node.Node);
  const known = stored === undefined ? undefined : withIndexes(stored.value, stored.revision).Node;
  if (known !== undefined) {
    const next = revised({ ...node, Node: known.Node }, known);
    if (skipNodeUpdate || next === known) return { node: known, stored, renamedFrom: undefined };
  }
  const before = node.ID === "" ? undefined : catalog.nodeWithId(node.ID);
  const renamed = before !== undefined && folded(before.value.Node.Node) !== folded(node.Node);
  if (node.ID !== "") refuseReservedName(node, stored?.value, before !== undefined, renamed);
  const predecessor = renamed ? withIndexes(before.value, before.revision).Node : known;
  return {
    node: revised({ ...node, Node: known?.Node ?? node.Node }, predecessor),
    stored,
    renamedFrom: renamed ? before : undefined,
  };
}

function refuseReservedName(
  node: CatalogNode,
  holder: NodeRecord | undefined,
  idIsKnown: boolean,
  renamed: boolean,
): void {
  if (holder === undefined || holder.Node.ID === node.ID || (idIsKnown && !renamed)) return;
  const { ID, Node, Address } = holder.Node;
  if (ID === "" && !idIsKnown) return;
  const agent = holder.Checks.find(({ CheckID }) => CheckID === AGENT_CHECK);
  if (agent === undefined || agent.Status === "critical") return;
  const who = idIsKnown ? `${quoted(node.ID)} (${node.Address})` : quoted(node.ID);
  const reserved = `Node name ${node.Node} is reserved by node ${ID} with name ${Node} (${Address})`;
  throw new Refusal(500, `failed inserting node: Error while renaming Node ID: ${who}: ${reserved}`);
}
