import { datacenterServerName, type InstanceRecord } from "@causeway/model";
import { endpointsOf } from "./endpoints.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { MeshLocation } from "./mesh-name.ts";
import type { CompiledService } from "./service-routes.ts";

/** All that decides how a mesh gateway reaches another datacenter. */
export type RemoteDatacenter = {
  readonly datacenter: string;
  /** The mesh gateways that it has published. */
  readonly gateways: readonly InstanceRecord[];
  readonly options: GatewayOptions;
  /** Where this gateway is. */
  readonly mesh: MeshLocation;
};

/**
 * Compiles the one route that leads to another datacenter: whatever service is asked for there goes, as it comes, to a mesh gateway of
 * that datacenter at its WAN address.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway
 */
export function compileRemoteDatacenter({ datacenter, gateways, options, mesh }: RemoteDatacenter): CompiledService {
  const { connectTimeoutMs, keepalive } = options;
  const name = `*.${datacenter}`;
  const route = {
    name,
    inbound: { kind: "passthrough" },
    outbound: { kind: "plain" },
    endpoints: endpointsOf(gateways, {}, "wan"),
    way: "target's gateways",
    connectTimeoutMs,
    ...(keepalive === undefined ? {} : { keepalive }),
  } as const;
  const serverName = `*.${datacenterServerName(datacenter, mesh.trustDomain)}`;
  return {
    service: name,
    routes: [{ serverName, subset: undefined, route }],
    unavailable: gateways.length === 0 ? [{ name, reason: "the datacenter has published no mesh gateway" }] : [],
  };
}
