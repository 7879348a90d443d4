import { isDeepStrictEqual } from "node:util";
import type {
  CatalogCheck,
  CatalogService,
  DeregisterRequest,
  InstanceRecord,
  NodeRecord,
  RegisterRequest,
} from "@causeway/model";
import type { LocalCheck, LocalService } from "./local-service.ts";
import type { LocalSnapshot } from "./local-state.ts";

/** What the agent says of its own node. */
export type OwnNode = {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly TaggedAddresses: Readonly<Record<string, string>>;
  readonly Meta: Readonly<Record<string, string>>;
};

/** What the catalog holds of this agent's node. */
export type CatalogSide = { readonly node: NodeRecord | undefined; readonly instances: readonly InstanceRecord[] };

/** What must be asked of the catalog so that it says what this agent says. */
export type SyncPlan = {
  readonly register: readonly RegisterRequest[];
  readonly deregister: readonly DeregisterRequest[];
  /** Checks whose output alone differs, which is not due to be told yet. */
  readonly deferred: readonly string[];
  /** Tags of services that may be changed in the catalog, and have been. */
  readonly changedTags: ReadonlyMap<string, readonly string[]>;
};

/** Addresses with such names are the catalog's own. */
const CATALOGS_OWN = "consul-";

/**
 * Compares what is registered here with what the catalog holds under this node's name.
 *
 * Services and checks of the catalog that are not registered here are deregistered, as in Consul: whoever registers an external service
 * under an agent's node name loses it.
 *
 * @param outputDue says whether a check is to be registered though its output alone differs.
 * @see https://developer.hashicorp.com/consul/docs/architecture/anti-entropy
 */
export function syncPlan(
  own: OwnNode,
  local: LocalSnapshot,
  { node, instances }: CatalogSide,
  outputDue: (checkId: string) => boolean = () => true,
): SyncPlan {
  const register: RegisterRequest[] = [];
  const deferred: string[] = [];
  const changedTags = new Map<string, readonly string[]>();
  const wrongChecks = (given: readonly LocalCheck[], known: readonly CatalogCheck[]) => {
    const differing = differingChecks(given, known);
    const waiting = differing.filter(({ id, inOutputOnly }) => inOutputOnly && !outputDue(id));
    deferred.push(...waiting.map(({ id }) => id));
    return differing.filter((one) => !waiting.includes(one)).map(({ check }) => check);
  };
  const byId = new Map(instances.map((instance) => [instance.Service.ID, instance]));
  const nodeChecks = [...local.checks.values()].filter(({ check }) => check.ServiceID === "");
  const wrongNodeChecks = wrongChecks(nodeChecks, node?.Checks ?? []);
  if (!sameNode(own, node) || wrongNodeChecks.length > 0) register.push(request(own, undefined, wrongNodeChecks));
  for (const given of local.services.values()) {
    const known = byId.get(given.ID);
    const service = known === undefined ? given : withCatalogsOwn(given, known.Service);
    if (!isDeepStrictEqual(service.Tags, given.Tags)) changedTags.set(given.ID, service.Tags);
    const checks = wrongChecks(checksOf(local, service.ID), known?.Checks ?? []);
    const same = known !== undefined && sameService(service, known.Service);
    if (!same || checks.length > 0) register.push(request(own, same ? undefined : service, checks));
  }
  return { register, deregister: strays(own.Node, local, { node, instances }), deferred, changedTags };
}

/** A service with what the catalog may say of it: tags, where they may be overridden there, and addresses of its own. */
function withCatalogsOwn(local: LocalService, known: CatalogService): LocalService {
  const theirs = Object.entries(known.TaggedAddresses ?? {}).filter(([name]) => name.startsWith(CATALOGS_OWN));
  return {
    ...local,
    ...(local.EnableTagOverride ? { Tags: known.Tags } : {}),
    ...(theirs.length === 0 ? {} : { TaggedAddresses: { ...local.TaggedAddresses, ...Object.fromEntries(theirs) } }),
  };
}

function strays(nodeName: string, local: LocalSnapshot, { node, instances }: CatalogSide): DeregisterRequest[] {
  const services = instances.filter(({ Service }) => !local.services.has(Service.ID));
  const checks = [...(node?.Checks ?? []), ...instances.flatMap((instance) => instance.Checks)].filter(
    ({ CheckID, ServiceID }) => !local.checks.has(CheckID) && (ServiceID === "" || local.services.has(ServiceID)),
  );
  return [
    ...services.map(({ Service }) => ({ Node: nodeName, ServiceID: Service.ID })),
    ...checks.map(({ CheckID }) => ({ Node: nodeName, CheckID })),
  ];
}

function checksOf({ checks }: LocalSnapshot, serviceId: string): LocalCheck[] {
  return [...checks.values()].filter(({ check }) => check.ServiceID === serviceId);
}

function request(own: OwnNode, service: LocalService | undefined, checks: readonly LocalCheck[]): RegisterRequest {
  const { Meta, ...node } = own;
  return {
    ...node,
    TaggedAddresses: { ...own.TaggedAddresses },
    NodeMeta: { ...Meta },
    ...(service === undefined ? {} : { Service: { ...service, Meta: nullWhenEmpty(service.Meta) } }),
    ...(checks.length === 0 ? {} : { Checks: checks.map(({ check }) => check) }),
  };
}

/** The catalog knows no empty map: Consul's own encoding makes them null on the way there. */
function nullWhenEmpty(meta: LocalService["Meta"]): LocalService["Meta"] {
  return Object.keys(meta ?? {}).length === 0 ? null : meta;
}

type DifferingCheck = { readonly id: string; readonly check: LocalCheck; readonly inOutputOnly: boolean };

function differingChecks(local: readonly LocalCheck[], known: readonly CatalogCheck[]): DifferingCheck[] {
  const byId = new Map(known.map((check) => [check.CheckID, check]));
  return local.flatMap((one) => {
    const { CreateIndex, ModifyIndex, ...there } = byId.get(one.check.CheckID) ?? { CreateIndex: 0, ModifyIndex: 0 };
    if (isDeepStrictEqual(there, one.check)) return [];
    const inOutputOnly = isDeepStrictEqual({ ...there, Output: one.check.Output }, one.check);
    return [{ id: one.check.CheckID, check: one, inOutputOnly }];
  });
}

function sameNode(own: OwnNode, node: NodeRecord | undefined): boolean {
  if (node === undefined) return false;
  const { ID, Address, TaggedAddresses, Meta } = node.Node;
  return (
    ID === own.ID &&
    Address === own.Address &&
    isDeepStrictEqual(TaggedAddresses, own.TaggedAddresses) &&
    isDeepStrictEqual(Meta ?? {}, own.Meta)
  );
}

function sameService(local: LocalService, { CreateIndex, ModifyIndex, ...known }: CatalogService): boolean {
  return isDeepStrictEqual(comparable(known), comparable(local));
}

/** The catalog may hold absent maps as null, and defaults that are empty. */
function comparable({ Meta, Proxy: proxy, Connect, ...rest }: LocalService): unknown {
  return JSON.parse(
    JSON.stringify({ ...rest, Meta: Meta ?? {}, Proxy: withoutEmpty(proxy), Connect: withoutEmpty(Connect) }),
  );
}

function withoutEmpty(value: object): object {
  return Object.fromEntries(
    Object.entries(value).filter(([, entry]) => {
      if (entry === undefined || entry === null || entry === "" || entry === 0 || entry === false) return false;
      return typeof entry !== "object" || Object.keys(entry as object).length > 0;
    }),
  );
}
