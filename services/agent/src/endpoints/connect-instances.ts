import type { GatewayServiceRecord, InstanceRecord } from "@causeway/model";
import { servicePortsOf } from "@causeway/routes";
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
  // An ingress gateway may be linked by several of its listeners.
  const byGateway = new Map(links.map((link) => [link.Gateway, link]));
  return {
    topics: [catalogTopics.linked(service), ...[...byGateway.keys()].map(catalogTopics.health)],
    value: [...byGateway.values()].flatMap((link) => {
      const instances = view.instancesOf(link.Gateway).filter(({ Service }) => Service.Kind === kind);
      return instances.map((instance) => atOwnPort(instance, link));
    }),
  };
}

/**
 * A gateway's instance as it is to whoever wants one service: where it has a port for that alone, it is there what a sidecar of the
 * service would be. A client without SNI can use no other, and Consul's needs the destination's name to know whose certificate to expect.
 */
function atOwnPort(instance: InstanceRecord, link: GatewayServiceRecord): InstanceRecord {
  const { Service } = instance;
  const given = servicePortsOf(Service)(link);
  if (given === undefined || !("port" in given)) return instance;
  const proxy = { ...Service.Proxy, DestinationServiceName: link.Service };
  return { ...instance, Service: { ...Service, Port: given.port, Proxy: proxy } };
}
