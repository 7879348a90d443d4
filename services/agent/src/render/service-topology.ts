import type { InstanceRecord } from "@causeway/model";
import { decide } from "@causeway/policy";
import type { CatalogView } from "../views/catalog-view.ts";
import type { IntentionsView } from "../views/intentions-view.ts";
import type { Json } from "./catalog-json.ts";
import { serviceSummaryJson } from "./service-summary.ts";

/** What a topology is read from. */
export type TopologyViews = { readonly catalog: CatalogView; readonly intentions: IntentionsView };

/** Who calls a service, and whom it calls, as their proxies are registered; each with what the intentions say to it. */
export function serviceTopologyJson(views: TopologyViews, service: string, protocol: string): Json {
  const { catalog } = views;
  const neighbour = (name: string, source: string, destination: string): readonly Json[] => {
    const instances = catalog.instancesOf(name);
    if (instances.length === 0) return [];
    const summary = serviceSummaryJson(name, instances, catalog);
    return [{ ...summary, Source: "proxy-registration", Intention: decisionJson(views, source, destination) }];
  };
  return {
    Protocol: protocol,
    TransparentProxy: false,
    Upstreams: upstreamsOf(catalog, service).flatMap((name) => neighbour(name, service, name)),
    Downstreams: downstreamsOf(catalog, service).flatMap((name) => neighbour(name, name, service)),
    FilteredByACLs: false,
  };
}

/** The upstreams of a service's sidecars; those of an ingress gateway are what its listeners lead to. */
function upstreamsOf(catalog: CatalogView, service: string): readonly string[] {
  const linked = catalog.servicesOf(service).filter(({ GatewayKind }) => GatewayKind === "ingress-gateway");
  return distinct([
    ...catalog.meshInstancesOf(service).flatMap(destinationsOf),
    ...linked.map(({ Service }) => Service),
  ]);
}

/** The services whose sidecars have the service as an upstream, and the ingress gateways that lead to it. */
function downstreamsOf(catalog: CatalogView, service: string): readonly string[] {
  const calling = catalog
    .services()
    .flatMap((instances) =>
      instances
        .filter((instance) => destinationsOf(instance).includes(service))
        .map(({ Service }) => Service.Proxy.DestinationServiceName ?? ""),
    );
  const linked = catalog.gatewaysOf(service).filter(({ GatewayKind }) => GatewayKind === "ingress-gateway");
  return distinct([...calling, ...linked.map(({ Gateway }) => Gateway)]);
}

function destinationsOf({ Service }: InstanceRecord): readonly string[] {
  const upstreams = Service.Kind === "connect-proxy" ? (Service.Proxy.Upstreams ?? []) : [];
  const services = upstreams.filter(({ DestinationType = "service" }) => DestinationType === "service");
  return services.map(({ DestinationName }) => DestinationName);
}

function decisionJson({ intentions }: TopologyViews, source: string, destination: string): Json {
  const records = [intentions.entry(destination), intentions.entry("*")].filter((record) => record !== undefined);
  const { action, by } = decide({ intentions: records, source, destination, fallback: intentions.defaultAction });
  return {
    DefaultAllow: intentions.defaultAction === "allow",
    Allowed: action === "allow",
    HasPermissions: false,
    ExternalSource: "",
    HasExact: by.kind === "intention" && by.source !== "*" && by.destination !== "*",
  };
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "").sort();
}
