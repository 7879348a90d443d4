import { quoted } from "@causeway/model";
import type { Draft } from "../kinds/kind.ts";
import type { Entries } from "./entries.ts";

/** Where a service is looked for: its instances, or a subset of them, in one datacenter. */
type Target = { readonly service: string; readonly subset: string; readonly datacenter: string };

/** What a chain comes down to: the protocol that all of it speaks, or why it cannot be. */
export type Chain =
  | { readonly kind: "sound"; readonly protocol: string; readonly begins: "router" | "splitter" | "resolver" }
  | { readonly kind: "unsound"; readonly problem: string };

/** Protocols whose requests can be told apart, and so routed and split. */
const ROUTABLE = ["http", "http2", "grpc"];

/**
 * Follows the discovery chain of a service (router, then splitters, then resolvers) through its entries and says whether it holds
 * together, in Consul's words if not: one protocol throughout, every subset defined, no circles, routes and splits only for HTTP.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/manage-traffic/discovery-chain
 */
export function chainOf(service: string, entries: Entries, datacenter: string): Chain {
  if (service === "") return { kind: "unsound", problem: "serviceName is required" };
  const walk = new ChainWalk(service, entries, datacenter);
  try {
    return { kind: "sound", ...walk.walk() };
  } catch (error) {
    if (error instanceof Unsound) return { kind: "unsound", problem: error.message };
    throw error;
  }
}

/** Ends a walk at the first thing that is wrong. */
class Unsound extends Error {
  override readonly name = "Unsound";
}

/** One walk along a chain. */
class ChainWalk {
  readonly #service: string;
  readonly #entries: Entries;
  readonly #datacenter: string;
  readonly #splitters = new Map<string, readonly string[]>();
  readonly #resolved = new Set<string>();
  #protocol: string | undefined;

  constructor(service: string, entries: Entries, datacenter: string) {
    this.#service = service;
    this.#entries = entries;
    this.#datacenter = datacenter;
  }

  walk(): { readonly protocol: string; readonly begins: "router" | "splitter" | "resolver" } {
    const router = this.#entries.get("service-router", this.#service);
    const begins = router !== undefined ? "router" : this.#isSplit(this.#service) ? "splitter" : "resolver";
    if (router === undefined) this.#splitOrResolve(this.#service);
    else this.#route(router);
    this.#refuseCircles(router);
    const protocol = this.#protocol ?? "tcp";
    if ((router !== undefined || this.#splitters.size > 0) && !ROUTABLE.includes(protocol)) {
      const limits = "that does not permit advanced routing or splitting behavior";
      throw new Unsound(`discovery chain ${quoted(this.#service)} uses a protocol ${quoted(protocol)} ${limits}`);
    }
    return { protocol, begins };
  }

  #route({ Name, Routes }: Draft<"service-router">): void {
    this.#speak(Name);
    for (const { Destination } of Routes ?? []) {
      const service = Destination?.Service || Name;
      const subset = Destination?.ServiceSubset ?? "";
      if (subset === "") this.#splitOrResolve(service);
      else this.#resolve(this.#target(service, subset));
    }
    // What no route matches goes to the service itself.
    this.#splitOrResolve(Name);
  }

  #splitOrResolve(service: string): void {
    if (this.#isSplit(service)) this.#split(service);
    else this.#resolve(this.#target(service));
  }

  #isSplit(service: string): boolean {
    return this.#entries.get("service-splitter", service) !== undefined;
  }

  #split(service: string): void {
    if (this.#splitters.has(service)) return;
    const splits = this.#entries.get("service-splitter", service)?.Splits ?? [];
    const further = splits
      .filter(({ ServiceSubset }) => !ServiceSubset)
      .map(({ Service }) => Service || service)
      .filter((next) => next !== service && this.#isSplit(next));
    this.#splitters.set(service, further);
    for (const { Service, ServiceSubset } of splits) {
      const next = Service || service;
      if (!ServiceSubset && further.includes(next)) this.#split(next);
      else this.#resolve(this.#target(next, ServiceSubset));
    }
  }

  /** Follows redirects and default subsets to where instances are looked for, then looks at the places to fail over to. */
  #resolve(first: Target, failingOver = false): void {
    const target = this.#redirected(first);
    const id = targetId(target);
    if (this.#resolved.has(id)) return;
    const resolver = this.#entries.get("service-resolver", target.service);
    if (target.subset !== "" && !(target.subset in (resolver?.Subsets ?? {}))) {
      throw new Unsound(`service ${quoted(target.service)} does not have a subset named ${quoted(target.subset)}`);
    }
    this.#refuseExternal(target.service, resolver);
    if (failingOver) return;
    this.#resolved.add(id);
    const failover = resolver?.Failover?.[target.subset] ?? resolver?.Failover?.["*"];
    if (failover === undefined) return;
    for (const datacenter of failover.Datacenters?.length ? failover.Datacenters : [""]) {
      const next = rewritten(target, failover.Service, failover.ServiceSubset, datacenter);
      if (targetId(next) !== id) this.#resolve(next, true);
    }
  }

  #redirected(first: Target): Target {
    const visited: string[] = [];
    for (let target = first; ; ) {
      const id = targetId(target);
      if (this.#resolved.has(id)) return target;
      this.#speak(target.service);
      if (visited.includes(id)) {
        throw new Unsound(`detected circular resolver redirect: [${[...visited, id].join(" -> ")}]`);
      }
      visited.push(id);
      const resolver = this.#entries.get("service-resolver", target.service);
      const { Service, ServiceSubset, Datacenter } = resolver?.Redirect ?? {};
      const redirected = rewritten(target, Service, ServiceSubset, Datacenter);
      if (targetId(redirected) !== id) target = redirected;
      else if (target.subset === "" && resolver?.DefaultSubset) target = { ...target, subset: resolver.DefaultSubset };
      else return target;
    }
  }

  /** A service with a server name of its own is outside of the mesh: nothing can be resolved there. */
  #refuseExternal(service: string, resolver: Draft<"service-resolver"> | undefined): void {
    if (!this.#entries.get("service-defaults", service)?.ExternalSNI || resolver === undefined) return;
    const { Redirect, Subsets = {}, Failover = {} } = resolver;
    const cannot = (what: string) =>
      new Unsound(`service ${quoted(service)} has an external SNI set; cannot define ${what} for external services`);
    if (Redirect !== undefined) throw cannot("redirects");
    if (Object.keys(Subsets).length > 0) throw cannot("subsets");
    if (Object.keys(Failover).length > 0) throw cannot("failover");
  }

  /** Notes the protocol of one more service of the chain. */
  #speak(service: string): void {
    const protocol = protocolOf(service, this.#entries);
    this.#protocol ??= protocol;
    if (this.#protocol === protocol) return;
    const clash = `service ${quoted(service)} has ${quoted(protocol)} which is not ${quoted(this.#protocol)}`;
    throw new Unsound(`discovery chain ${quoted(this.#service)} uses inconsistent protocols; ${clash}`);
  }

  #refuseCircles(router: Draft<"service-router"> | undefined): void {
    const start = router === undefined ? [] : [`router:${router.Name}.default`];
    const done = new Set<string>();
    const follow = (service: string, path: readonly string[]): void => {
      const node = `splitter:${service}.default`;
      if (done.has(node)) return;
      if (path.includes(node)) throw new Unsound(`detected circular reference: [${[...path, node].join(" -> ")}]`);
      for (const next of this.#splitters.get(service) ?? []) follow(next, [...path, node]);
      done.add(node);
    };
    for (const service of this.#splitters.keys()) follow(service, start);
  }

  #target(service: string, subset = ""): Target {
    return { service, subset, datacenter: this.#datacenter };
  }
}

/** The protocol of a service: its own, else that of all proxies, else tcp. */
export function protocolOf(service: string, entries: Entries): string {
  const own = entries.get("service-defaults", service);
  const common = entries.get("proxy-defaults", "global")?.Config?.["protocol"];
  const protocol = own === undefined ? common : own.Protocol;
  return typeof protocol === "string" && protocol !== "" ? protocol.toLowerCase() : "tcp";
}

function targetId({ service, subset, datacenter }: Target): string {
  return `${subset === "" ? "" : `${subset}.`}${service}.default.${datacenter}`;
}

/** Another service has other subsets: what was chosen before means nothing there. */
function rewritten(target: Target, service = "", subset = "", datacenter = ""): Target {
  const moved = service !== "" && service !== target.service;
  return {
    service: service || target.service,
    subset: subset || (moved ? "" : target.subset),
    datacenter: datacenter || target.datacenter,
  };
}
