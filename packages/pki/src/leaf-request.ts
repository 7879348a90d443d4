import { parseServiceSpiffeId, type ServiceIdentity } from "@causeway/model";
import type { Csr } from "./csr.ts";

/** Who may have a leaf. */
export type LeafIdentity =
  | ({ readonly kind: "service" } & ServiceIdentity)
  | { readonly kind: "mesh-gateway"; readonly trustDomain: string; readonly datacenter: string }
  | { readonly kind: "agent"; readonly trustDomain: string; readonly datacenter: string; readonly node: string };

/** Whether a request is for a name that this CA gives out; `message` is Consul's own text. */
export type LeafRequest =
  /** `spiffeId` is the one to sign, which for an agent may not be the one it wrote. */
  | { readonly kind: "legal"; readonly identity: LeafIdentity; readonly spiffeId: string }
  | { readonly kind: "illegal"; readonly message: string };

/** What a CA stands for. */
export type SigningDomain = { readonly trustDomain: string; readonly datacenter: string };

/**
 * Decides whether a request may be signed at all. Whether the one who sent it may have that name is another question, which its token
 * answers.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca
 */
export function validateLeafCsr(
  csr: Pick<Csr, "uris" | "emails">,
  { trustDomain, datacenter }: SigningDomain,
): LeafRequest {
  const [spiffeId] = csr.uris;
  if (csr.uris.length !== 1 || spiffeId === undefined) {
    return illegal(`CSR SAN contains an invalid number of URIs: ${csr.uris.length}`);
  }
  if (csr.emails.length > 0) return illegal("CSR SAN does not allow specifying email addresses");

  const problem = describeOddSpiffeId(spiffeId);
  if (problem !== undefined) return illegal(problem);
  const identity = parseLeafSpiffeId(spiffeId);
  if (identity === undefined) return illegal("SPIFFE ID in CSR must be a service, mesh-gateway, or agent ID");
  if (identity.kind === "agent") return legalAgent(identity, trustDomain);

  if (identity.datacenter !== datacenter) {
    return illegal(`SPIFFE ID in CSR from a different datacenter: ${identity.datacenter}, we are ${datacenter}`);
  }
  if (identity.trustDomain !== trustDomain.toLowerCase()) {
    return illegal(`SPIFFE ID in CSR from a different trust domain: ${identity.trustDomain}, we are ${trustDomain}`);
  }
  return { kind: "legal", identity, spiffeId };
}

/** An agent asks before it has learnt the trust domain: it gets the one that holds here, whatever it wrote. */
function legalAgent(identity: LeafIdentity & { readonly kind: "agent" }, trustDomain: string): LeafRequest {
  const [datacenter, node] = [identity.datacenter, identity.node].map(encodeURIComponent);
  const spiffeId = `spiffe://${trustDomain}/agent/client/dc/${datacenter}/id/${node}`;
  return { kind: "legal", identity: { ...identity, trustDomain: trustDomain.toLowerCase() }, spiffeId };
}

/** Says what is wrong with a URI that Consul would not take for the SPIFFE ID of anything; undefined for all it knows. */
function describeOddSpiffeId(uri: string): string | undefined {
  if (!/^spiffe:/i.test(uri)) return "SPIFFE ID must have 'spiffe' scheme";
  const known = parseLeafSpiffeId(uri) !== undefined || SIGNING.test(uri) || SERVER.test(uri);
  return known ? undefined : `SPIFFE ID is not in the expected format: ${uri}`;
}

function illegal(message: string): LeafRequest {
  return { kind: "illegal", message };
}

const MESH_GATEWAY = /^spiffe:\/\/([^/?#]+)\/gateway\/mesh\/dc\/([^/?#]+)$/i;
const SIGNING = /^spiffe:\/\/[^/?#]+\/?$/i;
const SERVER = /^spiffe:\/\/[^/?#]+\/agent\/server\/dc\/[^/?#]+$/i;
const AGENT = /^spiffe:\/\/([^/?#]+)\/agent\/client\/dc\/([^/?#]+)\/id\/([^/?#]+)$/i;

/** Reads the SPIFFE ID of a service, a mesh gateway or a client agent; undefined for any other. */
export function parseLeafSpiffeId(uri: string): LeafIdentity | undefined {
  const service = parseServiceSpiffeId(uri);
  if (service !== undefined) return { kind: "service", ...service };
  const gateway = decodedParts(MESH_GATEWAY.exec(uri));
  if (gateway !== undefined) {
    const [trustDomain = "", datacenter = ""] = gateway;
    return { kind: "mesh-gateway", trustDomain: trustDomain.toLowerCase(), datacenter };
  }
  const agent = decodedParts(AGENT.exec(uri));
  if (agent === undefined) return undefined;
  const [trustDomain = "", datacenter = "", node = ""] = agent;
  return { kind: "agent", trustDomain: trustDomain.toLowerCase(), datacenter, node };
}

function decodedParts(match: RegExpExecArray | null): string[] | undefined {
  try {
    return match?.slice(1).map(decodeURIComponent);
  } catch {
    // A malformed percent escape: nothing can be called that.
    return undefined;
  }
}
