/** Who a mesh certificate says its holder is: the URI SAN of a service's leaf. */
export type ServiceIdentity = {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly datacenter: string;
  readonly service: string;
};

const SERVICE_PATH = /^\/ns\/([^/]+)\/dc\/([^/]+)\/svc\/([^/]+)$/;

/**
 * The SPIFFE ID of a service: `spiffe://<trust domain>/ns/<namespace>/dc/<datacenter>/svc/<service>`.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca#spiffe
 */
export function serviceSpiffeId({ trustDomain, namespace, datacenter, service }: ServiceIdentity): string {
  const path = ["ns", namespace, "dc", datacenter, "svc", service].map(encodeURIComponent).join("/");
  return `spiffe://${trustDomain}/${path}`;
}

/** The SPIFFE ID of a signing CA: its trust domain alone. */
export function signingSpiffeId(trustDomain: string): string {
  return `spiffe://${trustDomain}`;
}

/**
 * Reads a service's SPIFFE ID, or gives undefined when `uri` is not one. The trust domain comes back in lower case, since hosts are
 * compared without regard to case (SPIFFE-ID 2.1).
 */
export function parseServiceSpiffeId(uri: string): ServiceIdentity | undefined {
  const match = /^spiffe:\/\/([^/?#]+)(\/[^?#]*)$/i.exec(uri);
  const path = SERVICE_PATH.exec(match?.[2] ?? "");
  if (match?.[1] === undefined || path === null) return undefined;
  try {
    const [namespace = "", datacenter = "", service = ""] = path.slice(1).map(decodeURIComponent);
    return { trustDomain: match[1].toLowerCase(), namespace, datacenter, service };
  } catch {
    // A malformed percent escape: no service can be called that.
    return undefined;
  }
}
