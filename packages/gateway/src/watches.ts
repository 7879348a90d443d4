import { recordOf, recordsUnder } from "./watch.ts";

/** What a proxy is registered as. */
export const registrationOf = (service: string, node: string, id: string) =>
  recordOf("catalog", "instance", service, node, id);

/** Every instance of a service, with its health. */
export const instancesOf = (service: string) => recordsUnder("catalog", "instance", service);

/** The services that a gateway represents. */
export const linksOf = (gateway: string) => recordsUnder("catalog", "gateway-service", gateway);

/** The link of a gateway to one service. */
export const linkOf = (gateway: string, service: string) => recordOf("catalog", "gateway-service", gateway, service);

/** Who takes mesh connections for a destination. */
export const providersOf = (destination: string) => recordsUnder("catalog", "connect", destination);

/** Who takes mesh connections for whom: every destination in the mesh. */
export const PROVIDERS = recordsUnder("catalog", "connect");

/** The services that are mesh gateways. */
export const MESH_GATEWAYS = recordsUnder("catalog", "mesh-gateway");

/** How each datacenter is reached. */
export const FEDERATION = recordsUnder("federation", "state");

/** How one datacenter is reached. */
export const federationOf = (datacenter: string) => recordOf("federation", "state", datacenter);

/** Intentions of one destination; "*" for those that hold for every one. */
export const intentionsOf = (destination: string) => recordOf("intentions", "destination", destination);

/** What holds where there is no intention. */
export const DEFAULT_POLICY = recordOf("intentions", "settings", "default-policy");

/** Whom the mesh trusts. */
export const CA_ROOTS = recordOf("caRoots", "roots");

/** Defaults of every proxy. */
export const PROXY_DEFAULTS = recordOf("configEntries", "proxy-defaults", "global");

/** Mesh-wide settings. */
export const MESH = recordOf("configEntries", "mesh", "mesh");

/** What the ingress gateways of one name expose. */
export const ingressOf = (gateway: string) => recordOf("configEntries", "ingress-gateway", gateway);

/** How a service's name becomes instances. */
export const resolverOf = (service: string) => recordOf("configEntries", "service-resolver", service);

/** Defaults of one service. */
export const serviceDefaultsOf = (service: string) => recordOf("configEntries", "service-defaults", service);
