import type { InstanceRecord } from "@causeway/model";
import { type ChainTarget, type TargetPlace, type WayOut, wayOut } from "@causeway/routes";
import type { Read } from "./read.ts";
import { inDatacenter, type Watch } from "./watch.ts";
import { federationOf, instancesOf, MESH_GATEWAYS, providersOf } from "./watches.ts";

/** What is known of where a target lies: in this datacenter, whose own state is read, or in another, whose catalog is followed there. */
export function readTargetPlace(read: Read, target: ChainTarget, datacenter: string): TargetPlace {
  const here = target.datacenter === datacenter;
  const there = <T>(watch: Watch<T>) => (here ? watch : inDatacenter(target.datacenter, watch));
  const rows = read.all(there(providersOf(target.service)));
  return {
    providers: rows.map(({ Provider, Kind }) => ({ kind: Kind, instances: read.all(there(instancesOf(Provider))) })),
    gateways: readGateways(read, target, wayOut(target, target.meshGatewayMode, datacenter)),
    reachable: here || read.reachable(target.datacenter),
  };
}

function readGateways(read: Read, target: ChainTarget, way: WayOut): readonly InstanceRecord[] {
  switch (way) {
    case "direct":
      return [];
    case "own gateways":
      return read
        .all(MESH_GATEWAYS)
        .flatMap(({ Service }) => read.all(instancesOf(Service)))
        .filter(({ Service }) => Service.Kind === "mesh-gateway");
    case "target's gateways":
      return read.one(federationOf(target.datacenter))?.MeshGateways ?? [];
  }
}
