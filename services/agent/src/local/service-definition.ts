import { isIPv4, isIPv6 } from "node:net";
import type { ServiceKind, ServiceProxy } from "@causeway/model";
import type { LocalService } from "./local-service.ts";
import type { ProxyRequest, ServiceRequest, SidecarRequest } from "./registration-shapes.ts";

/** The service that a request defines, with Consul's defaults filled in. */
export function serviceOf(request: ServiceRequest | SidecarRequest): LocalService {
  const kind = (request.Kind ?? "") as ServiceKind;
  const name = request.Name ?? "";
  const address = request.Address ?? "";
  const port = request.Port ?? 0;
  const tagged = taggedAddresses(request.TaggedAddresses, address, port);
  const native = request.Connect?.Native === true;
  return {
    Kind: kind,
    ID: request.ID || name,
    Service: name,
    Tags: [...(request.Tags ?? [])],
    Address: address,
    Port: port,
    ...(tagged === undefined ? {} : { TaggedAddresses: tagged }),
    Meta: { ...request.Meta },
    Weights: { Passing: request.Weights?.Passing ?? 1, Warning: request.Weights?.Warning ?? 1 },
    EnableTagOverride: request.EnableTagOverride ?? false,
    Proxy: kind === "" ? {} : proxyOf(request.Proxy ?? {}),
    Connect: native ? { Native: true } : {},
  };
}

/** The proxy part of a registration; upstreams get their type, and a proxy knows the local end of its service by default. */
export function proxyOf(request: ProxyRequest): ServiceProxy {
  const { Upstreams, Config, MeshGateway, Expose, ...rest } = request;
  return {
    ...rest,
    ...(Config === undefined ? {} : { Config }),
    ...(Upstreams === undefined || Upstreams.length === 0
      ? {}
      : {
          Upstreams: Upstreams.map((upstream) => ({
            ...upstream,
            DestinationType: upstream.DestinationType || "service",
            DestinationName: upstream.DestinationName ?? "",
            MeshGateway: upstream.MeshGateway ?? {},
          })),
        }),
    MeshGateway: MeshGateway ?? {},
    Expose: Expose ?? {},
  } as ServiceProxy;
}

type Tagged = Readonly<Record<string, { readonly Address: string; readonly Port: number }>>;

/** Named addresses: those given, and the service's own address under the name of its family. */
function taggedAddresses(given: ServiceRequest["TaggedAddresses"], address: string, port: number): Tagged | undefined {
  const named = Object.entries(given ?? {}).map(
    ([name, { Address = "", Port = 0 }]) => [name, { Address, Port }] as const,
  );
  const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : undefined;
  const own = { Address: address, Port: port };
  const derived = family === undefined ? {} : { [`lan_${family}`]: own, [`wan_${family}`]: own };
  const all = { ...derived, ...Object.fromEntries(named) };
  return Object.keys(all).length === 0 ? undefined : all;
}
