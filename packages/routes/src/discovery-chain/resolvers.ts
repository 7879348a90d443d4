import { DEFAULT_CONNECT_TIMEOUT_MS } from "../gateway-options.ts";
import { resolvedTimeoutMs } from "../resolved-timeout.ts";
import { type ChainTarget, nodeKey, type ResolverNode } from "./chain.ts";
import type { ChainEntry } from "./chain-entries.ts";
import { Unsound } from "./chain-problem.ts";
import type { ChainProtocol } from "./chain-protocol.ts";
import { chainTarget, ownValue, type TargetInputs } from "./chain-target.ts";
import { elsewhere, type TargetAddress, targetId } from "./target-address.ts";

type ResolverEntry = ChainEntry<"service-resolver">;

/** What resolvers are made from. */
export type ResolverInputs = TargetInputs & { readonly protocol: ChainProtocol };

/** The ends of a chain: each address is followed to the target that it comes down to, and each target is made once. */
export class Resolvers {
  readonly #inputs: ResolverInputs;
  readonly #nodes = new Map<string, ResolverNode>();
  readonly #targets = new Map<string, ChainTarget>();

  constructor(inputs: ResolverInputs) {
    this.#inputs = inputs;
  }

  get nodes(): Iterable<ResolverNode> {
    return this.#nodes.values();
  }

  /** Those of the nodes, and those to fail over to. */
  get targets(): Iterable<ChainTarget> {
    return this.#targets.values();
  }

  /** The key of the node by which instances at `address` are found. Throws Unsound when there can be none. */
  resolve(address: TargetAddress): string {
    const final = this.#followed(address);
    const id = targetId(final);
    const known = this.#nodes.get(id);
    if (known !== undefined) return nodeKey(known);
    const node = this.#made(final);
    // Noted before its failover is looked at, which may lead back to it.
    this.#nodes.set(id, node);
    this.#nodes.set(id, { ...node, failover: this.#failover(final) });
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
    const target = chainTarget(address, this.#inputs);
    this.#targets.set(target.id, target);
    const resolver = this.#resolverOf(address);
    const configured = resolvedTimeoutMs(resolver) ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const connectTimeoutMs = this.#inputs.customization.connectTimeoutMs(configured);
    return { kind: "resolver", target: target.id, connectTimeoutMs, byDefault: saysNothing(resolver), failover: [] };
  }

  /** The IDs of the targets that stand in for what is at `address`. Nothing stands in for them in turn. */
  #failover(address: TargetAddress): readonly string[] {
    const { Failover } = this.#resolverOf(address) ?? {};
    const failover = ownValue(Failover, address.subset) ?? ownValue(Failover, "*");
    if (failover === undefined) return [];
    const { Datacenters = [] } = failover;
    return (Datacenters.length > 0 ? Datacenters : [undefined])
      .map((Datacenter) => elsewhere(address, { ...failover, Datacenter }))
      .filter((standIn) => targetId(standIn) !== targetId(address))
      .map((standIn) => this.#standIn(standIn));
  }

  #standIn(address: TargetAddress): string {
    const final = this.#followed(address);
    const { target } = this.#nodes.get(targetId(final)) ?? this.#made(final);
    return target;
  }

  #resolverOf({ service }: TargetAddress): ResolverEntry | undefined {
    return this.#inputs.entries.get("service-resolver", service);
  }
}

function saysNothing(resolver: ResolverEntry | undefined): boolean {
  const { DefaultSubset, Subsets = {}, Redirect, Failover = {} } = resolver ?? {};
  const maps = Object.keys(Subsets).length + Object.keys(Failover).length;
  return !DefaultSubset && maps === 0 && Redirect === undefined && resolvedTimeoutMs(resolver) === undefined;
}
