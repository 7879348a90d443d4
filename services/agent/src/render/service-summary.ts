import type { CatalogCheck, InstanceRecord } from "@causeway/model";
import type { CatalogView } from "../views/catalog-view.ts";
import { type Json, kept } from "./catalog-json.ts";

/** Meta key by which a service tells that something outside looks after it. */
const EXTERNAL_SOURCE = "external-source";

/** A service in a few figures; `addresses` are those at which an ingress gateway has it. */
export function serviceSummaryJson(
  name: string,
  instances: readonly InstanceRecord[],
  view: CatalogView,
  addresses: readonly string[] = [],
): Json {
  const services = instances.map(({ Service }) => Service);
  const checks = instances.flatMap((instance) => [...instance.NodeChecks, ...instance.Checks]);
  const isGateway = services.some(({ Kind }) => Kind.endsWith("-gateway"));
  const associated = isGateway ? view.servicesOf(name).length : 0;
  return {
    ...kept({ Kind: services[0]?.Kind }),
    Name: name,
    Tags: distinct(services.flatMap(({ Tags }) => Tags)),
    Nodes: distinct(instances.map(({ Node }) => Node.Node)),
    InstanceCount: instances.length,
    ...kept({ ProxyFor: distinct(services.map(({ Proxy: proxy }) => proxy.DestinationServiceName ?? "")) }),
    ChecksPassing: countOf(checks, "passing"),
    ChecksWarning: countOf(checks, "warning"),
    ChecksCritical: countOf(checks, "critical"),
    ExternalSources: distinct(services.map(({ Meta }) => Meta?.[EXTERNAL_SOURCE] ?? "")),
    GatewayConfig: kept({ AssociatedServiceCount: associated, Addresses: addresses }),
  };
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => text !== "").sort();
}

function countOf(checks: readonly CatalogCheck[], status: CatalogCheck["Status"]): number {
  return checks.filter(({ Status }) => Status === status).length;
}
