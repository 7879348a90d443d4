import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { firstUri } from "./certificate-uri.ts";
import type { KeyedCertificate } from "./certificates.ts";

/** What a service presents in the mesh, and whom it believes; all in PEM. */
export type ConsulIdentity = KeyedCertificate & { readonly roots: readonly string[] };

/** A place where a service takes mesh connections, and who must be found there. */
export type ConsulEndpoint = {
  readonly host: string;
  readonly port: number;
  readonly datacenter: string;
  readonly service: string;
};

type Leaf = { readonly CertPEM: string; readonly PrivateKeyPEM: string };
type Roots = { readonly Roots: readonly { readonly RootCert: string }[] };
type HealthEntry = {
  readonly Node: { readonly Address: string; readonly Datacenter: string };
  readonly Service: {
    readonly Service: string;
    readonly Address: string;
    readonly Port: number;
    readonly Proxy: { readonly DestinationServiceName?: string };
    readonly Connect?: { readonly Native?: boolean };
  };
};

/** What an agent at `agent`, as in `http://127.0.0.1:8500`, gives to a service of its own. */
export async function consulIdentity(agent: string, service: string): Promise<ConsulIdentity> {
  const [leaf, { Roots }] = await Promise.all([
    ask<Leaf>(`${agent}/v1/agent/connect/ca/leaf/${service}`),
    ask<Roots>(`${agent}/v1/agent/connect/ca/roots`),
  ]);
  return { cert: leaf.CertPEM, key: leaf.PrivateKeyPEM, roots: Roots.map(({ RootCert }) => RootCert) };
}

/**
 * Where a service is to be found, as Consul's own proxy and the resolvers of its SDK read it from an agent. Throws when the agent names
 * somebody without saying for whom it stands, as a terminating gateway of Consul itself is.
 */
export async function resolveAsConsul(agent: string, service: string): Promise<readonly ConsulEndpoint[]> {
  const query = "connect=true&passing=1&stale=";
  const entries = await ask<readonly HealthEntry[]>(`${agent}/v1/health/connect/${service}?${query}`);
  return entries.map(endpointOf);
}

function endpointOf({ Node, Service }: HealthEntry): ConsulEndpoint {
  const name = Service.Connect?.Native === true ? Service.Service : Service.Proxy.DestinationServiceName;
  if (!name) throw new Error(`${Service.Service} is not a valid connect service: it has no DestinationServiceName`);
  return { host: Service.Address || Node.Address, port: Service.Port, datacenter: Node.Datacenter, service: name };
}

/**
 * Dials as Consul's own proxy and its SDK do: no server name, ALPN h2 and nothing else, TLS 1.2 or 1.3. The far side must chain to the
 * roots, and the path of its certificate's first URI must be that of the service; trust domain and case do not matter.
 *
 * The socket emits `secureConnect`, or else `error`. With TLS 1.3 a client that is turned away learns of it after the former.
 */
export function dialAsConsul(endpoint: ConsulEndpoint, { cert, key, roots }: ConsulIdentity): TLSSocket {
  const { host, port } = endpoint;
  return connect({
    host,
    port,
    cert,
    key,
    ca: [...roots],
    servername: "",
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    checkServerIdentity: (_, certificate) => mismatch(certificate, endpoint),
  });
}

function mismatch({ raw }: PeerCertificate, { datacenter, service }: ConsulEndpoint): Error | undefined {
  const uri = firstUri(new Uint8Array(raw));
  const wanted = `/ns/default/dc/${datacenter}/svc/${service}`;
  if (uri?.pathname.toLowerCase() === wanted.toLowerCase()) return undefined;
  return new Error(`peer certificate mismatch: got ${uri?.href ?? "no URI"}, want ${wanted}`);
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
