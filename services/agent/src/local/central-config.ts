import type { ProxyDefaultsEntry, ServiceDefaultsEntry, ServiceProxy, Upstream } from "@causeway/model";
import type { LocalService } from "./local-service.ts";

/** Where defaults for proxies come from. */
export type CentralConfig = {
  readonly proxyDefaults: () => ProxyDefaultsEntry | undefined;
  readonly serviceDefaults: (service: string) => ServiceDefaultsEntry | undefined;
};

/**
 * A local service as the catalog is to know it: a proxy's or gateway's registration with what proxy-defaults and service-defaults say
 * where it says nothing itself.
 *
 * The entry of the service behind the proxy counts before the global one, and each upstream gets the protocol of its own service.
 *
 * @see https://developer.hashicorp.com/consul/docs/agent/config/config-files#enable_central_service_config
 */
export function withCentralConfig(service: LocalService, central: CentralConfig): LocalService {
  if (service.Kind === "") return service;
  const global = central.proxyDefaults();
  const own = central.serviceDefaults(service.Proxy.DestinationServiceName ?? service.Service);
  const defaults = { ...global?.Config, ...(own?.Protocol ? { protocol: own.Protocol } : {}) };
  const mode = service.Proxy.MeshGateway?.Mode || own?.MeshGateway?.Mode || global?.MeshGateway?.Mode;
  const config = { ...defaults, ...service.Proxy.Config };
  const { Upstreams } = service.Proxy;
  return {
    ...service,
    Proxy: {
      ...service.Proxy,
      ...(Object.keys(config).length === 0 ? {} : { Config: config }),
      MeshGateway: mode ? { Mode: mode } : {},
      Expose: exposed(service.Proxy, own, global),
      ...(Upstreams === undefined ? {} : { Upstreams: Upstreams.map((one) => upstream(one, mode, central)) }),
    },
  };
}

function exposed(
  proxy: ServiceProxy,
  own: ServiceDefaultsEntry | undefined,
  global: ProxyDefaultsEntry | undefined,
): NonNullable<ServiceProxy["Expose"]> {
  const checks = [proxy, own, global].some((one) => one?.Expose?.Checks === true);
  const paths = [proxy, own, global]
    .map((one) => one?.Expose?.Paths)
    .find((list) => list !== undefined && list.length > 0);
  return { ...(checks ? { Checks: true } : {}), ...(paths === undefined ? {} : { Paths: paths }) };
}

function upstream(given: Upstream, mode: string | undefined, central: CentralConfig): Upstream {
  if ((given.DestinationType ?? "service") !== "service") return given;
  const global = central.proxyDefaults()?.Config?.["protocol"];
  const protocol = central.serviceDefaults(given.DestinationName)?.Protocol || global;
  const config = { ...(protocol ? { protocol } : {}), ...given.Config };
  const inherited = given.MeshGateway?.Mode || mode;
  return {
    ...given,
    ...(Object.keys(config).length === 0 ? {} : { Config: config }),
    MeshGateway: inherited ? { Mode: inherited } : {},
  };
}
