import type { InstanceRecord } from "@causeway/model";
import type { Reading } from "../http/blocking.ts";
import { catalogTopics } from "../views/catalog-topics.ts";
import type { CatalogView } from "../views/catalog-view.ts";

/**
 * Whoever takes mesh connections for a service: its sidecars, its instances that speak mesh TLS themselves, and the instances of the
 * terminating gateways that represent it, even if the service itself is not registered.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/health#list-nodes-for-connect-capable-service
 */
export function connectInstances(view: CatalogView, service: string): Reading<readonly InstanceRecord[]> {
  const gateways = gatewayInstances(view, service, "terminating-gateway");
  return {
    topics: [catalogTopics.connect(service), ...gateways.topics],
    value: [...view.meshInstancesOf(service), ...gateways.value],
  };
}

/** The ingress gateways through which a service is reached from outside. */
export function ingressInstances(view: CatalogView, service: string): Reading<readonly InstanceRecord[]> {
  return gatewayInstances(view, service, "ingress-gateway");
}

function gatewayInstances(
  view: CatalogView,
  service: string,
  kind: InstanceRecord["Service"]["Kind"],
): Reading<readonly InstanceRecord[]> {
  const links = view.gatewaysOf(service).filter(({ GatewayKind }) => GatewayKind === kind);
  const names = [...new Set(links.map(({ Gateway }) => Gateway))];
  return {
    topics: [catalogTopics.linked(service), ...names.map(catalogTopics.health)],
    value: names.flatMap((name) => view.instancesOf(name).filter(({ Service }) => Service.Kind === kind)),
  };
}
