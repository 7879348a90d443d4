import type { ServiceResolverEntry } from "@causeway/model";
import type { GatewayOptions } from "./gateway-options.ts";
import type { MeshLocation } from "./mesh-name.ts";
import { type Provider, servingInstances } from "./providers.ts";
import { resolvedTimeoutMs } from "./resolved-timeout.ts";
import { type CompiledService, serviceRoutes } from "./service-routes.ts";

/** All that decides the routes of one service of the mesh at a mesh gateway of its own datacenter. */
export type MeshService = {
  readonly service: string;
  /** Whoever takes mesh connections for it: sidecars, the service itself, terminating gateways. */
  readonly providers: readonly Provider[];
  readonly resolver: ServiceResolverEntry | undefined;
  readonly options: GatewayOptions;
  readonly mesh: MeshLocation;
};

/**
 * Compiles the routes of one service of the mesh: one under its own name, for its default subset or all instances, and one for each
 * subset. Connections are passed through as they come, so that neither a certificate nor an intention has a part in them: both ends
 * see to that.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway
 */
export function compileMeshService({ service, providers, resolver, options, mesh }: MeshService): CompiledService {
  const { connectTimeoutMs, keepalive } = options;
  return serviceRoutes({
    service,
    resolver,
    mesh,
    carriage: {
      inbound: { kind: "passthrough" },
      outbound: { kind: "plain" },
      connectTimeoutMs: resolvedTimeoutMs(resolver) ?? connectTimeoutMs,
      ...(keepalive === undefined ? {} : { keepalive }),
    },
    instances: (covers) => providers.flatMap((provider) => servingInstances(provider, service, covers)),
    noInstance: "no instance takes mesh connections",
  });
}
