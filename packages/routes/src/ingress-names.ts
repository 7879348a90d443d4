import type { IngressGatewayEntry } from "@causeway/model";

/** The domain of Consul's DNS, unless somebody sets it up otherwise. */
const DOMAIN = "consul";

/**
 * The names in the DNS that the certificate of an ingress gateway carries: those by which Consul's DNS has its services, and the hosts of
 * its entry. A host may come with a port, which no certificate has; "*" says nothing that a certificate could.
 */
export function ingressDnsNames({ Listeners }: IngressGatewayEntry, datacenter: string): readonly string[] {
  const services = (Listeners ?? []).flatMap(({ Services }) => Services ?? []);
  const hosts = services.flatMap(({ Hosts }) => Hosts ?? []).map(withoutPort);
  const own = [`*.ingress.${DOMAIN}`, `*.ingress.${datacenter}.${DOMAIN}`];
  return [...new Set([...own, ...hosts.filter((host) => host !== "*")])];
}

/**
 * The hosts by which requests for a service are known: those that its entry names, or else `<service>.ingress.` and whatever follows.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/config-entries/ingress-gateway#hosts
 */
export function hostNames(service: string, hosts: readonly string[]): readonly string[] {
  const named = hosts.map(withoutPort);
  return [...new Set(named.length > 0 ? named : [`${service.toLowerCase()}.ingress.*`])];
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}
