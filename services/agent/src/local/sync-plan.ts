import { isDeepStrictEqual } from "node:util";
import {
  type CatalogCheck,
  type CatalogService,
  type DeregisterRequest,
  type InstanceRecord,
  type JoinRequest,
  type NodeRecord,
  type RegisterRequest,
  SERF_CHECK,
  SERVER_SERVICE,
  serfCheck,
  serverService,
} from "@causeway/model";
import type { LocalCheck, LocalService } from "./local-service.ts";
import { checkSubject, type LocalSnapshot, type LocalTokens, type Subject, serviceSubject } from "./local-snapshot.ts";

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

/** A registration, and of what it is. */
export type Registering = { readonly subjects: readonly Subject[]; readonly request: RegisterRequest };

/** A deregistration, and of what it is. */
export type Deregistering = { readonly subject: Subject; readonly request: DeregisterRequest };

/** What must be asked of the catalog so that it says what this agent says. */
export type SyncPlan = {
  /** What comes first: that the agent is alive. */
  readonly join: JoinRequest | undefined;
  /** What is registered together is registered by the same token. */
  readonly register: readonly Registering[];
  readonly deregister: readonly Deregistering[];
  /** Checks whose output alone differs, which is not due to be told yet. */
  readonly deferred: readonly string[];
  /** Tags of services that may be changed in the catalog, and have been. */
  readonly changedTags: ReadonlyMap<string, readonly string[]>;
};

/** What a comparison leaves out, and what may be registered together. */
export type SyncRules = {
  /** Whether a check is to be registered though its output alone differs. */
  readonly outputDue: (checkId: string) => boolean;
  /** Whether something has been refused, and is not to be tried now. */
  readonly blocked: (subject: Subject) => boolean;
  readonly tokens: LocalTokens;
};

const EVERYTHING: SyncRules = { outputDue: () => true, blocked: () => false, tokens: new Map() };

/** Addresses with such names are the catalog's own. */
const CATALOGS_OWN = "consul-";

/**
 * Compares what is registered here with what the catalog holds under this node's name.
 *
 * Services and checks of the catalog that are not registered here are deregistered, as in Consul: whoever registers an external service
 * under an agent's node name loses it. Checks are registered with their service unless they have a token of their own: they would have
 * the privileges of the service's otherwise.
 *
 * @see https://developer.hashicorp.com/consul/docs/architecture/anti-entropy
 */
export function syncPlan(
  own: OwnNode,
  local: LocalSnapshot,
  { node, instances }: CatalogSide,
  { outputDue, blocked, tokens }: SyncRules = EVERYTHING,
): SyncPlan {
  const register: Registering[] = [];
  const deferred: string[] = [];
  const changedTags = new Map<string, readonly string[]>();
  const wrongChecks = (given: readonly LocalCheck[], known: readonly CatalogCheck[]) => {
    const differing = differingChecks(given, known).filter(({ id }) => !blocked(checkSubject(id)));
    const waiting = differing.filter(({ id, inOutputOnly }) => inOutputOnly && !outputDue(id));
    deferred.push(...waiting.map(({ id }) => id));
    return differing.filter((one) => !waiting.includes(one)).map(({ check }) => check);
  };
  const tokenOf = ({ check }: LocalCheck) => tokens.get(checkSubject(check.CheckID));
  const byThemselves = (checks: readonly LocalCheck[]) => {
    for (const alike of Map.groupBy(checks, tokenOf).values()) {
      register.push({ subjects: subjectsOf(alike), request: request(own, undefined, alike) });
    }
  };
  const byId = new Map(instances.map((instance) => [instance.Service.ID, instance]));
  if (!sameNode(own, node) && !blocked("node")) register.push({ subjects: ["node"], request: nodeRequest(own) });
  byThemselves(wrongChecks(checksOf(local, ""), node?.Checks ?? []));
  for (const given of local.services.values()) {
    const known = byId.get(given.ID);
    const service = known === undefined ? given : withCatalogsOwn(given, known.Service);
    if (!isDeepStrictEqual(service.Tags, given.Tags)) changedTags.set(given.ID, service.Tags);
    const checks = wrongChecks(checksOf(local, service.ID), known?.Checks ?? []);
    const subject = serviceSubject(service.ID);
    const same = (known !== undefined && sameService(service, known.Service)) || blocked(subject);
    const beside = same ? [] : checks.filter((check) => tokenOf(check) === tokens.get(subject));
    if (!same) register.push({ subjects: [subject, ...subjectsOf(beside)], request: request(own, service, beside) });
    // The catalog has no checks of a service that it does not know.
    if (known !== undefined || !blocked(subject)) byThemselves(checks.filter((check) => !beside.includes(check)));
  }
  const join = isMember(own, local, { node, instances }) ? undefined : joinRequest(own);
  const deregister = strays(own.Node, local, { node, instances }).filter(({ subject }) => !blocked(subject));
  return { join, register, deregister, deferred, changedTags };
}

function subjectsOf(checks: readonly LocalCheck[]): Subject[] {
  return checks.map(({ check }) => checkSubject(check.CheckID));
}

/** Whether the catalog knows that this agent is alive, and where; what its clients register in the place of that is theirs. */
function isMember(own: OwnNode, { services, checks }: LocalSnapshot, { node, instances }: CatalogSide): boolean {
  if (node?.Node.ID !== own.ID || node.Node.Address !== own.Address) return false;
  const server = instances.find(({ Service }) => Service.ID === SERVER_SERVICE)?.Service;
  if (!services.has(SERVER_SERVICE) && !(server !== undefined && sameService(serverService(), server))) return false;
  const alive = node.Checks.find(({ CheckID }) => CheckID === SERF_CHECK);
  return checks.has(SERF_CHECK) || (alive !== undefined && sameCheck(serfCheck(own.Node), alive));
}

function joinRequest({ ID, Node, Address }: OwnNode): JoinRequest {
  return { ID, Node, Address };
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

/** What has been registered under this node by others; that it is alive, and the server, have been by its joining. */
function strays(nodeName: string, local: LocalSnapshot, { node, instances }: CatalogSide): Deregistering[] {
  const services = instances.filter(({ Service: { ID } }) => ID !== SERVER_SERVICE && !local.services.has(ID));
  const checks = [...(node?.Checks ?? []), ...instances.flatMap((instance) => instance.Checks)].filter(
    ({ CheckID, ServiceID }) =>
      CheckID !== SERF_CHECK && !local.checks.has(CheckID) && (ServiceID === "" || local.services.has(ServiceID)),
  );
  return [
    ...services.map(({ Service: { ID: ServiceID } }) => ({
      subject: serviceSubject(ServiceID),
      request: { Node: nodeName, ServiceID },
    })),
    ...checks.map(({ CheckID }) => ({ subject: checkSubject(CheckID), request: { Node: nodeName, CheckID } })),
  ];
}

/** Those of one service, or of the node for "". */
function checksOf({ checks }: LocalSnapshot, serviceId: string): LocalCheck[] {
  return [...checks.values()].filter(({ check }) => check.ServiceID === serviceId);
}

function nodeRequest({ Meta, ...node }: OwnNode): RegisterRequest {
  return { ...node, TaggedAddresses: { ...node.TaggedAddresses }, NodeMeta: { ...Meta } };
}

/** What is said of the node is said by itself: the token of a service need not be allowed to change it. */
function request(own: OwnNode, service: LocalService | undefined, checks: readonly LocalCheck[]): RegisterRequest {
  return {
    ...nodeRequest(own),
    SkipNodeUpdate: true,
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
    const there = byId.get(one.check.CheckID);
    if (there !== undefined && sameCheck(one.check, there)) return [];
    const inOutputOnly = there !== undefined && sameCheck(one.check, { ...there, Output: one.check.Output });
    return [{ id: one.check.CheckID, check: one, inOutputOnly }];
  });
}

function sameCheck(local: LocalCheck["check"], { CreateIndex, ModifyIndex, ...known }: CatalogCheck): boolean {
  return isDeepStrictEqual(known, local);
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
