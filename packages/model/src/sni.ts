/** The only namespace of the community edition. */
export const DEFAULT_NAMESPACE = "default";

/** What a server name in the mesh is made of. */
export type ServiceAddressee = {
  readonly service: string;
  readonly subset?: string | undefined;
  readonly datacenter: string;
  readonly trustDomain: string;
};

/**
 * The server name by which a service, or one subset of it, is asked for inside the mesh:
 * `[<subset>.]<service>.default.<datacenter>.internal.<trust domain>`.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway
 */
export function serviceServerName({ service, subset, datacenter, trustDomain }: ServiceAddressee): string {
  const name = `${service}.${DEFAULT_NAMESPACE}.${datacenterServerName(datacenter, trustDomain)}`;
  return subset === undefined || subset === "" ? name : `${subset}.${name}`;
}

/** The suffix that all server names of one datacenter share: `<datacenter>.internal.<trust domain>`. */
export function datacenterServerName(datacenter: string, trustDomain: string): string {
  return `${datacenter}.internal.${trustDomain}`;
}
