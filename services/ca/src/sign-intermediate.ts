import { type Handlers, Refusal } from "@causeway/bus";
import { type SignedIntermediate, signingSpiffeId } from "@causeway/model";
import { type Csr, readCsr, signIntermediate } from "@causeway/pki";
import { type Authority, presentSettings, presentSigner } from "./authority.ts";
import { refusing } from "./refusing.ts";
import { leafSerial } from "./serial.ts";

/** The verb by which the CA of another datacenter gets the certificate that it signs leaves with. Answered in the primary one. */
export function signIntermediateVerb(authority: Authority): Handlers<"ca.sign-intermediate"> {
  return { "ca.sign-intermediate": ({ Datacenter, CSR }) => sign(authority, Datacenter, CSR) };
}

async function sign(authority: Authority, datacenter: string, csr: string): Promise<SignedIntermediate> {
  const { clock, log } = authority;
  if (datacenter === authority.datacenter) {
    throw new Refusal(400, `the datacenter ${datacenter} is the primary one: its CA signs leaves with the root itself`);
  }
  const asked = refusing(400, () => readCsr(csr));
  const [{ roots, root, key }, { intermediateCertTtlMs: ttlMs }] = await Promise.all([
    presentSigner(authority),
    presentSettings(authority),
  ]);
  const problem = problemOf(asked, roots.TrustDomain);
  if (problem !== undefined) throw new Refusal(400, problem);

  const by = { issuer: root.RootCert, issuerKey: key.privateKey };
  const signing = { serial: leafSerial(), ttlMs, nowMs: clock.now() };
  const certificate = refusing(500, () => signIntermediate({ csr, trustDomain: roots.TrustDomain, ...by, ...signing }));
  log.info({ datacenter, rootId: root.ID }, "intermediate signed");
  return { CertPEM: [certificate, ...(root.IntermediateCerts ?? [])].join(""), RootID: root.ID };
}

/** What is wrong with the names of a request for an intermediate of `trustDomain`; undefined when nothing is. */
export function problemOf({ uris }: Pick<Csr, "uris">, trustDomain: string): string | undefined {
  const [uri] = uris;
  if (uris.length !== 1 || uri === undefined) return `CSR SAN contains an invalid number of URIs: ${uris.length}`;
  const expected = signingSpiffeId(trustDomain);
  if (uri.toLowerCase() === expected.toLowerCase()) return undefined;
  return `SPIFFE ID in CSR is not the signing ID of this trust domain: ${uri}, we are ${expected}`;
}
