import { serviceServerName } from "@causeway/model";
import { meshGatewayMode } from "../mesh-gateway-mode.ts";
import type { MeshLocation } from "../mesh-name.ts";
import type { ChainTarget } from "./chain.ts";
import { type ChainEntries, type ChainEntry, GLOBAL } from "./chain-entries.ts";
import { Unsound } from "./chain-problem.ts";
import type { Customization } from "./customization.ts";
import { type TargetAddress, targetId } from "./target-address.ts";

type ResolverEntry = ChainEntry<"service-resolver">;

/** What targets are made from. */
export type TargetInputs = {
  readonly entries: ChainEntries;
  readonly mesh: MeshLocation;
  readonly customization: Customization;
};

/** Makes the target of an address that leads no further. Throws Unsound when its subset is not there, or it cannot be resolved. */
export function chainTarget(address: TargetAddress, { entries, mesh, customization }: TargetInputs): ChainTarget {
  const { service, subset, datacenter } = address;
  const resolver = entries.get("service-resolver", service);
  const definition = subset === "" ? {} : ownValue(resolver?.Subsets, subset);
  if (definition === undefined) throw new Unsound({ code: "NO_SUBSET", service, subset });
  const defaults = entries.get("service-defaults", service);
  const external = Boolean(defaults?.ExternalSNI);
  if (external) refuseExternal(service, resolver);
  // What is near or outside of the mesh is not reached through its gateways, whoever wishes so.
  const direct = external || datacenter === mesh.datacenter;
  const configured = meshGatewayMode(defaults?.MeshGateway, entries.get("proxy-defaults", GLOBAL)?.MeshGateway);
  const name = serviceServerName({ ...address, trustDomain: mesh.trustDomain });
  return {
    ...address,
    id: targetId(address),
    definition,
    meshGatewayMode: direct ? undefined : customization.meshGatewayMode(configured),
    external,
    serverName: defaults?.ExternalSNI || name,
    name,
  };
}

/** A service with a server name of its own is outside of the mesh: nothing can be resolved there. */
function refuseExternal(service: string, resolver: ResolverEntry | undefined): void {
  const { Redirect, Subsets = {}, Failover = {} } = resolver ?? {};
  const cannot = (defines: "redirects" | "subsets" | "failover") => new Unsound({ code: "EXTERNAL", service, defines });
  if (Redirect !== undefined) throw cannot("redirects");
  if (Object.keys(Subsets).length > 0) throw cannot("subsets");
  if (Object.keys(Failover).length > 0) throw cannot("failover");
}

/** What a map has under a key; names that every object has are no keys. */
export function ownValue<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
