/** The name that a record is found by: Consul's catalog does not tell upper from lower case. */
export function folded(name: string): string {
  return name.toLowerCase();
}

/** The topics of the catalog, see `Topics`. */
export const catalogTopics = {
  /** The list of nodes. */
  nodes: "nodes",
  /** The list of services with their tags. */
  services: "services",
  /** Every check. */
  checks: "checks",
  /** A node, and the services on it. */
  node: (node: string) => `node:${folded(node)}`,
  /** The checks of a node and of the services on it. */
  nodeChecks: (node: string) => `node-checks:${folded(node)}`,
  /** The instances of a service, without their health. */
  service: (service: string) => `service:${folded(service)}`,
  /** The instances of a service with their health. */
  health: (service: string) => `health:${folded(service)}`,
  /** The checks of a service's own. */
  serviceChecks: (service: string) => `service-checks:${folded(service)}`,
  /** Sidecars and native instances that take mesh connections for a service, with their health. */
  connect: (destination: string) => `connect:${folded(destination)}`,
  /** The services that a gateway represents. */
  gateway: (gateway: string) => `gateway:${folded(gateway)}`,
  /** The gateways that represent a service. */
  linked: (service: string) => `linked:${folded(service)}`,
} as const;
