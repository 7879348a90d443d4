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
};

/**
 * Compares what is registered here with what the catalog holds under this node's name.
 *
 * Services and checks of the catalog that are not registered here are deregistered, as in Consul: whoever registers an external service
 * under an agent's node name loses it.
 *
 * @see https://developer.hashicorp.com/consul/docs/architecture/anti-entropy
 */
export function syncPlan(own: OwnNode, local: LocalSnapshot, { node, instances }: CatalogSide): SyncPlan {
  const register: RegisterRequest[] = [];
  const byId = new Map(instances.map((instance) => [instance.Service.ID, instance]));
  const nodeChecks = [...local.checks.values()].filter(({ check }) => check.ServiceID === "");
  const wrongNodeChecks = wrongChecks(nodeChecks, node?.Checks ?? []);
  if (!sameNode(own, node) || wrongNodeChecks.length > 0) register.push(request(own, undefined, wrongNodeChecks));
  for (const service of local.services.values()) {
    const known = byId.get(service.ID);
    const checks = wrongChecks(checksOf(local, service.ID), known?.Checks ?? []);
    const same = known !== undefined && sameService(service, known.Service);
    if (!same || checks.length > 0) register.push(request(own, same ? undefined : service, checks));
  }
  return { register, deregister: strays(own.Node, local, { node, instances }) };
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

function wrongChecks(local: readonly LocalCheck[], known: readonly CatalogCheck[]): LocalCheck[] {
  const byId = new Map(known.map((check) => [check.CheckID, check]));
  return local.filter(({ check }) => {
    const { CreateIndex, ModifyIndex, ...there } = byId.get(check.CheckID) ?? { CreateIndex: 0, ModifyIndex: 0 };
    return !isDeepStrictEqual(there, check);
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

/** Where tags may be overridden in the catalog, another's tags are no difference. */
function sameService(local: LocalService, { CreateIndex, ModifyIndex, ...known }: CatalogService): boolean {
  const there = local.EnableTagOverride ? { ...known, Tags: local.Tags } : known;
  return isDeepStrictEqual(comparable(there), comparable(local));
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
