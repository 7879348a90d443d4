import type { ProxyDefaultsEntry, ServiceDefaultsEntry, ServiceProxy, Upstream } from "@causeway/model";
import { type ModeLevels, upstreamGatewayMode, upstreamOverride } from "@causeway/routes";
import type { ConfigView } from "../views/config-view.ts";
import type { LocalService } from "./local-service.ts";

/** Where defaults for proxies come from. */
export type CentralConfig = {
  readonly proxyDefaults: () => ProxyDefaultsEntry | undefined;
  readonly serviceDefaults: (service: string) => ServiceDefaultsEntry | undefined;
};

/** Defaults for proxies as config entries have them. */
export function centralConfigOf(view: ConfigView): CentralConfig {
  return {
    proxyDefaults: () => view.entry("proxy-defaults", "global") as ProxyDefaultsEntry | undefined,
    serviceDefaults: (name) => view.entry("service-defaults", name) as ServiceDefaultsEntry | undefined,
  };
}

/** The name of the service that a proxy calls others for; a gateway calls them for itself. */
export function callerOf({ Proxy: proxy, Service }: LocalService): string {
  return proxy.DestinationServiceName ?? Service;
}

/** All that bears on the gateway mode of an upstream of `service`, which is given as it was registered. */
export function modeLevels(service: LocalService, upstream: Upstream, central: CentralConfig): ModeLevels {
  return {
    upstream,
    registered: service.Proxy.MeshGateway,
    caller: central.serviceDefaults(callerOf(service)),
    target: central.serviceDefaults(upstream.DestinationName),
    proxyDefaults: central.proxyDefaults(),
  };
}

/**
 * A local service as the catalog is to know it: a proxy's or gateway's registration with what proxy-defaults and service-defaults say
 * where it says nothing itself.
 *
 * The entry of the service behind the proxy counts before the global one. Each upstream gets the protocol of its own service unless the
 * caller has another for it, and the gateway mode that holds for it; the proxy's own `MeshGateway` is no more than the defaults of its
 * upstreams, and so no upstream can be judged by it afterwards.
 *
 * @see https://developer.hashicorp.com/consul/docs/agent/config/config-files#enable_central_service_config
 */
export function withCentralConfig(service: LocalService, central: CentralConfig): LocalService {
  if (service.Kind === "") return service;
  const global = central.proxyDefaults();
  const own = central.serviceDefaults(callerOf(service));
  const defaults = { ...global?.Config, ...(own?.Protocol ? { protocol: own.Protocol } : {}) };
  const mode = service.Proxy.MeshGateway?.Mode || own?.MeshGateway?.Mode || global?.MeshGateway?.Mode;
  const config = { ...defaults, ...service.Proxy.Config };
  const { Upstreams } = service.Proxy;
  const merged = (one: Upstream) => withDefaults(one, modeLevels(service, one, central));
  return {
    ...service,
    Proxy: {
      ...service.Proxy,
      ...(Object.keys(config).length === 0 ? {} : { Config: config }),
      MeshGateway: mode ? { Mode: mode } : {},
      Expose: exposed(service.Proxy, own, global),
      ...(Upstreams === undefined ? {} : { Upstreams: Upstreams.map(merged) }),
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

function withDefaults(given: Upstream, levels: ModeLevels): Upstream {
  if ((given.DestinationType ?? "service") !== "service") return given;
  const { caller, target, proxyDefaults } = levels;
  const override = upstreamOverride(caller, given);
  const all = caller?.UpstreamConfig?.Defaults;
  const protocol = override?.Protocol || all?.Protocol || target?.Protocol || proxyDefaults?.Config?.["protocol"];
  const timeoutMs = override?.ConnectTimeoutMs || all?.ConnectTimeoutMs;
  const config = {
    ...(protocol ? { protocol } : {}),
    ...(timeoutMs ? { connect_timeout_ms: timeoutMs } : {}),
    ...given.Config,
  };
  // What the target's own service says counts last, for whoever dials it: a registration does not show it.
  const { mode } = upstreamGatewayMode({ ...levels, target: undefined });
  return {
    ...given,
    ...(Object.keys(config).length === 0 ? {} : { Config: config }),
    MeshGateway: mode === undefined ? (given.MeshGateway ?? {}) : { Mode: mode },
  };
}
