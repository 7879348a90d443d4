import { DEFAULT_NAMESPACE, type ServiceRoute } from "@causeway/model";
import type { RouterNode } from "./chain.ts";
import type { ChainEntry } from "./chain-entries.ts";
import type { Splitters } from "./splitters.ts";

/** Makes the node of a router; what no route of its matches goes to the service itself. Throws Unsound when a route leads nowhere. */
export function routerNode({ Name, Routes }: ChainEntry<"service-router">, splitters: Splitters): RouterNode {
  const next = ({ Destination }: ServiceRoute) => {
    const { Service, ServiceSubset } = Destination ?? {};
    const service = Service || Name;
    return ServiceSubset ? splitters.resolve(service, ServiceSubset) : splitters.splitOrResolve(service);
  };
  return {
    kind: "router",
    service: Name,
    routes: [...(Routes ?? []), catchAll(Name)].map((definition) => ({ definition, nextNode: next(definition) })),
  };
}

function catchAll(Service: string): ServiceRoute {
  return { Match: { HTTP: { PathPrefix: "/" } }, Destination: { Service, Namespace: DEFAULT_NAMESPACE } };
}
