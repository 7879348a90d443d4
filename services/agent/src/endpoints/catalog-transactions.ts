import { ask } from "@causeway/bus";
import type { CatalogOperation, CatalogResult } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import type { ApiRequest } from "../http/endpoint.ts";
import { type Shaped, string, struct } from "../http/go-shape.ts";
import { checkJson, type Json, nodeJson, serviceJson } from "../render/catalog-json.ts";
import { HealthCheckShape, NodeServiceShape, NodeShape } from "../shapes/catalog-shapes.ts";
import { checkRequest } from "./catalog-writes.ts";
import { whenShown } from "./when-shown.ts";

/** Operations of a transaction on the catalog, by the field that each stands under. */
export const CATALOG_OPERATIONS = {
  Node: struct("api.NodeTxnOp", { Verb: string, Node: NodeShape }),
  Service: struct("api.ServiceTxnOp", { Verb: string, Node: string, Service: NodeServiceShape }),
  Check: struct("api.CheckTxnOp", { Verb: string, Check: HealthCheckShape }),
} as const;

type Bodies = { readonly [P in keyof typeof CATALOG_OPERATIONS]?: Shaped<(typeof CATALOG_OPERATIONS)[P]> };

/** What a transaction did, in Consul's shape, and whether it only looked. */
export type Transacted = {
  readonly results: readonly Json[];
  readonly errors: readonly object[];
  readonly onlyReads: boolean;
  readonly headers: Readonly<Record<string, string>>;
};

/** The operation on the catalog that stands in a part of a transaction, if one does; of several the first counts, as in Consul. */
export function catalogOperation({ Node, Service, Check }: Bodies): CatalogOperation | undefined {
  if (Node !== undefined) {
    const { ModifyIndex = 0, ID = "", Node: name = "", Address = "", TaggedAddresses, Meta } = Node.Node ?? {};
    const more = { TaggedAddresses: TaggedAddresses ?? null, NodeMeta: Meta ?? null };
    return operation("Node", Node.Verb, ModifyIndex, { ID, Node: name, Address, ...more });
  }
  if (Service !== undefined) {
    const { ModifyIndex = 0, CreateIndex: _, ContentHash: __, ...service } = Service.Service ?? {};
    return operation("Service", Service.Verb, ModifyIndex, { Node: Service.Node ?? "", Service: service });
  }
  if (Check === undefined) return undefined;
  const { ModifyIndex = 0, CreateIndex: _, ...check } = Check.Check ?? {};
  return operation("Check", Check.Verb, ModifyIndex, { Node: check.Node ?? "", Check: checkRequest(check) });
}

function operation(
  Part: CatalogOperation["Part"],
  Verb: string | undefined,
  Index: number,
  Registration: CatalogOperation["Registration"],
): CatalogOperation {
  return { Part, Verb: Verb ?? "", Index, Registration };
}

/** Has the owner of the catalog do all operations or none. */
export async function transactCatalog(
  agent: Pick<AgentContext, "acl" | "bus" | "catalog" | "log">,
  request: ApiRequest,
  Operations: readonly CatalogOperation[],
): Promise<Transacted> {
  const { Results, Errors, Index } = await ask(agent.bus, "catalog.transact", {
    Operations: [...Operations],
    ...askedBy(agent, request),
  });
  return {
    results: Results.map(resultJson),
    errors: Errors,
    onlyReads: Operations.every(({ Verb }) => Verb === "get"),
    headers: await whenShown(agent, agent.catalog, Index),
  };
}

/** What an operation on the catalog found or left, in Consul's shape. */
export function resultJson({ Node, Service, Check }: CatalogResult): Json {
  if (Node !== undefined) return { Node: nodeJson(Node) };
  if (Service !== undefined) return { Service: serviceJson(Service) };
  return Check === undefined ? {} : { Check: checkJson(Check) };
}
