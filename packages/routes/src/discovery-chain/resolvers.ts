import { type ResolverSubset, serviceServerName } from "@causeway/model";
import { DEFAULT_CONNECT_TIMEOUT_MS } from "../gateway-options.ts";
import { meshGatewayMode } from "../mesh-gateway-mode.ts";
import type { MeshLocation } from "../mesh-name.ts";
import { resolvedTimeoutMs } from "../resolved-timeout.ts";
import { type ChainTarget, nodeKey, type ResolverNode } from "./chain.ts";
import { type ChainEntries, type ChainEntry, GLOBAL } from "./chain-entries.ts";
import { Unsound } from "./chain-problem.ts";
import type { ChainProtocol } from "./chain-protocol.ts";
import type { Customization } from "./customization.ts";
import { elsewhere, type TargetAddress, targetId } from "./target-address.ts";

type ResolverEntry = ChainEntry<"service-resolver">;

/** What resolvers are made from. */
export type ResolverInputs = {
  readonly entries: ChainEntries;
  readonly mesh: MeshLocation;
  readonly protocol: ChainProtocol;
  readonly customization: Customization;
};

/** The ends of a chain: each address is followed to the target that it comes down to, and each target is made once. */
export class Resolvers {
  readonly targets = new Map<string, ChainTarget>();
  readonly #nodes = new Map<string, ResolverNode>();
  readonly #inputs: ResolverInputs;

  constructor(inputs: ResolverInputs) {
    this.#inputs = inputs;
  }

  get nodes(): Iterable<ResolverNode> {
    return this.#nodes.values();
  }

  /** The key of the node that instances at `address` are looked for by. Throws Unsound when there can be none. */
  resolve(address: TargetAddress): string {
    const final = this.#followed(address);
    const id = targetId(final);
    const known = this.#nodes.get(id);
    if (known !== undefined) return nodeKey(known);
    const node = this.#made(final);
    this.#nodes.set(id, node);
    const failover = this.#failover(final);
    this.#nodes.set(id, { ...node, failover });
    return nodeKey(node);
  }

  /** Follows redirects and default subsets to their end. */
  #followed(first: TargetAddress): TargetAddress {
    const visited: string[] = [];
    for (let address = first; ; ) {
      const id = targetId(address);
      if (this.#nodes.has(id)) return address;
      this.#inputs.protocol.note(address.service);
      if (visited.includes(id)) throw new Unsound({ code: "REDIRECT_CIRCLE", targets: [...visited, id] });
      visited.push(id);
      const resolver = this.#resolverOf(address);
      const redirected = elsewhere(address, resolver?.Redirect ?? {});
      if (targetId(redirected) !== id) address = redirected;
      else if (address.subset === "" && resolver?.DefaultSubset) {
        address = { ...address, subset: resolver.DefaultSubset };
      } else return address;
    }
  }

  /** The node of an address that leads no further, yet without failover; its target is noted. */
  #made(address: TargetAddress): ResolverNode {
    const resolver = this.#resolverOf(address);
    const target = this.#target(address, resolver);
    this.targets.set(target.id, target);
    const own = resolvedTimeoutMs(resolver) ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const connectTimeoutMs = this.#inputs.customization.connectTimeoutMs(own);
    return { kind: "resolver", target: target.id, connectTimeoutMs, byDefault: saysNothing(resolver), failover: [] };
  }

  #target(address: TargetAddress, resolver: ResolverEntry | undefined): ChainTarget {
    const { service, subset, datacenter } = address;
    const definition = subset === "" ? {} : own(resolver?.Subsets, subset);
    if (definition === undefined) throw new Unsound({ code: "NO_SUBSET", service, subset });
    const { entries, mesh, customization } = this.#inputs;
    const defaults = entries.get("service-defaults", service);
    const external = Boolean(defaults?.ExternalSNI);
    if (external) refuseForExternal(service, resolver);
    const name = serviceServerName({ ...address, trustDomain: mesh.trustDomain });
    // What is near or outside of the mesh is not reached through its gateways, whoever wishes so.
    const direct = external || datacenter === mesh.datacenter;
    const configured = meshGatewayMode(defaults?.MeshGateway, entries.get("proxy-defaults", GLOBAL)?.MeshGateway);
    return {
      id: targetId(address),
      ...address,
      definition,
      meshGatewayMode: direct ? undefined : customization.meshGatewayMode(configured),
      external,
      serverName: defaults?.ExternalSNI || name,
      name,
    };
  }

  /** The IDs of the targets that stand in for `address`. Theirs may not stand in for them in turn. */
  #failover(address: TargetAddress): readonly string[] {
    const { Failover } = this.#resolverOf(address) ?? {};
    const failover = own(Failover, address.subset) ?? own(Failover, "*");
    if (failover === undefined) return [];
    const datacenters: readonly (string | undefined)[] = failover.Datacenters?.length
      ? failover.Datacenters
      : [undefined];
    const id = targetId(address);
    return datacenters
      .map((Datacenter) => elsewhere(address, { ...failover, Datacenter }))
      .filter((standIn) => targetId(standIn) !== id)
      .map((standIn) => {
        const final = this.#followed(standIn);
        const known = this.#nodes.get(targetId(final));
        return (known ?? this.#made(final)).target;
      });
  }

  #resolverOf({ service }: TargetAddress): ResolverEntry | undefined {
    return this.#inputs.entries.get("service-resolver", service);
  }
}

/** A service with a server name of its own is outside of the mesh: nothing can be resolved there. */
function refuseForExternal(service: string, resolver: ResolverEntry | undefined): void {
  const { Redirect, Subsets = {}, Failover = {} } = resolver ?? {};
  const refuse = (defines: "redirects" | "subsets" | "failover") => new Unsound({ code: "EXTERNAL", service, defines });
  if (Redirect !== undefined) throw refuse("redirects");
  if (Object.keys(Subsets).length > 0) throw refuse("subsets");
  if (Object.keys(Failover).length > 0) throw refuse("failover");
}

function saysNothing(resolver: ResolverEntry | undefined): boolean {
  if (resolver === undefined) return true;
  const { DefaultSubset, Subsets = {}, Redirect, Failover = {} } = resolver;
  const maps = Object.keys(Subsets).length + Object.keys(Failover).length;
  return !DefaultSubset && maps === 0 && Redirect === undefined && resolvedTimeoutMs(resolver) === undefined;
}

/** A map's value of this key; names that every object has are no keys. */
function own<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
