import { Refusal } from "@causeway/bus";
import { type CatalogOperation, type CatalogResult, quoted } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { findPart, namesIn, type PartNames } from "./find-part.ts";
import { type Plan, planSize } from "./plan.ts";
import { planDeregistration } from "./plan-deregistration.ts";
import { planRegistration } from "./plan-registration.ts";
import { readRegistration } from "./registration.ts";
import { REHEARSED, Rehearsal } from "./rehearsal.ts";

/** What has to be written for one operation, on the catalog as it is when it is asked. */
export type Step = (catalog: CatalogIndex) => Plan;

/** What one operation tells of, as it was in the rehearsal. */
export type RehearsedResult = {
  readonly opIndex: number;
  readonly part: CatalogOperation["Part"];
  readonly names: PartNames;
  readonly value: CatalogResult;
};

/** What becomes of a transaction. */
export type Rehearsed = {
  /** Why it cannot take place; empty when it can. */
  readonly errors: readonly { readonly OpIndex: number; readonly What: string }[];
  readonly results: readonly RehearsedResult[];
  /** What writes something, in order. */
  readonly steps: readonly Step[];
};

/** Tries all operations in order, each on what those before it leave; any error makes the whole do nothing. */
export function rehearse(
  catalog: CatalogIndex,
  operations: readonly CatalogOperation[],
  datacenter: string,
): Rehearsed {
  const rehearsal = new Rehearsal(catalog, nodesOf(catalog, operations));
  const errors: { OpIndex: number; What: string }[] = [];
  const results: RehearsedResult[] = [];
  const steps: Step[] = [];
  for (const [OpIndex, operation] of operations.entries()) {
    try {
      const step = stepOf(rehearsal.catalog, operation, datacenter);
      const plan = step?.(rehearsal.catalog);
      if (step !== undefined && plan !== undefined && planSize(plan) > 0) {
        rehearsal.run(plan);
        steps.push(step);
      }
      results.push(...told(rehearsal.catalog, operation, OpIndex));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({ OpIndex, What: error.message });
    }
  }
  return { errors, results, steps };
}

/** Every node that an operation may touch; one whose UUID is given may be renamed. */
function nodesOf(catalog: CatalogIndex, operations: readonly CatalogOperation[]): ReadonlySet<string> {
  const names = operations.map(namesIn).flatMap(({ node, nodeId }) => {
    const known = nodeId === "" ? undefined : catalog.nodeWithId(nodeId);
    return known === undefined ? [node] : [node, known.value.Node.Node];
  });
  return new Set(names.map((name) => name.toLowerCase()));
}

/** What an operation asks to be written, undefined where it only reads. Throws a Refusal with Consul's text when it cannot be done. */
function stepOf(catalog: CatalogIndex, operation: CatalogOperation, datacenter: string): Step | undefined {
  const { Verb, Part, Index = 0 } = operation;
  const names = namesIn(operation);
  // Consul compares by name what is set, and finds by UUID what is read.
  const byName = Verb === "get" ? names : { ...names, nodeId: "" };
  const before = findPart(catalog, Part, byName);
  const modified = before === undefined ? undefined : indexOf(before);
  const what = describe(Part, names);
  switch (Verb) {
    case "get":
      if (before === undefined) refuse(`${what} doesn't exist`);
      return undefined;
    case "set":
      return (present) => planSetting(present, operation, datacenter);
    case "cas":
      if ((modified ?? 0) !== Index) refuse(`failed to set ${what}, index is stale`);
      return (present) => planSetting(present, operation, datacenter);
    case "delete":
      return (present) => planRemoval(present, Part, names);
    case "delete-cas":
      if (modified !== Index) refuse(`failed to delete ${what}, index is stale`);
      return (present) => planRemoval(present, Part, names);
    default:
      refuse(`unknown ${Part} verb ${quoted(Verb)}`);
  }
}

function planSetting(catalog: CatalogIndex, { Part, Registration }: CatalogOperation, datacenter: string): Plan {
  // A node may have no address here, unlike in a registration.
  const registration = readRegistration({ ...Registration, SkipNodeUpdate: true }, datacenter);
  if (Part === "Node") return planRegistration(catalog, { ...registration, skipNodeUpdate: false });
  const { node, checks } = registration;
  if (catalog.node(node.Node) === undefined) refuse("Missing node registration");
  const homeless = checks.some(({ ServiceID }) => {
    return ServiceID !== "" && catalog.instancesWithId(node.Node, ServiceID).length === 0;
  });
  if (homeless) refuse("Missing service registration");
  return planRegistration(catalog, registration);
}

function planRemoval(catalog: CatalogIndex, part: CatalogOperation["Part"], { node, id }: PartNames): Plan {
  if (part !== "Node" && id === "") refuse(`Must provide the ${part === "Service" ? "service" : "check"} ID`);
  const ids = { Node: {}, Service: { ServiceID: id }, Check: { CheckID: id } };
  return planDeregistration(catalog, { Node: node, ...ids[part] });
}

/** What an operation tells of: what it read or set, as it then is. */
function told(catalog: CatalogIndex, operation: CatalogOperation, opIndex: number): readonly RehearsedResult[] {
  if (!["get", "set", "cas"].includes(operation.Verb)) return [];
  const part = operation.Part;
  const names = namesIn(operation);
  const value = findPart(catalog, part, names);
  return value === undefined ? [] : [{ opIndex, part, names, value }];
}

/** What the transaction itself has written is told as it is in the catalog since, at its real index. */
export function settled(catalog: CatalogIndex, { opIndex, part, names, value }: RehearsedResult): CatalogResult {
  const found = indexOf(value) < REHEARSED ? value : (findPart(catalog, part, names) ?? value);
  return { ...found, OpIndex: opIndex };
}

function indexOf({ Node, Service, Check }: CatalogResult): number {
  return (Node ?? Service ?? Check)?.ModifyIndex ?? 0;
}

function describe(part: CatalogOperation["Part"], { node, id }: PartNames): string {
  return part === "Node" ? `node ${quoted(node)}` : `${part.toLowerCase()} ${quoted(id)} on node ${quoted(node)}`;
}

function refuse(text: string): never {
  throw new Refusal(500, text);
}
