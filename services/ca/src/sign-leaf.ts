import { type Handlers, Refusal } from "@causeway/bus";
import type { SignedLeaf } from "@causeway/model";
import { certificateFacts, PkiError, readCsr, signLeaf, validateLeafCsr } from "@causeway/pki";
import { type Authority, presentSettings, presentSigner, type Signer } from "./authority.ts";
import { timestamp } from "./roots.ts";
import { leafSerial } from "./serial.ts";

/** The verb by which a service gets its certificate; the private key stays with whoever asks. */
export function signLeafVerb(authority: Authority): Handlers<"ca.sign-leaf"> {
  return { "ca.sign-leaf": ({ CSR }) => sign(authority, CSR) };
}

async function sign(authority: Authority, csr: string): Promise<SignedLeaf> {
  const { clock, datacenter } = authority;
  const asked = refusing(400, () => readCsr(csr));
  const { roots } = await presentSigner(authority);
  const request = validateLeafCsr(asked, { trustDomain: roots.TrustDomain, datacenter });
  if (request.kind === "illegal") throw new Refusal(500, request.message);

  const { csrMaxPerSecond, leafCertTtlMs: ttlMs } = await presentSettings(authority);
  await turn(authority, csrMaxPerSecond);
  // Read after the wait, in which the root may have been rotated.
  const { root, key } = await presentSigner(authority);
  const issued = { serial: leafSerial(), ttlMs, nowMs: clock.now(), issuer: root.RootCert, issuerKey: key.privateKey };
  const leaf = refusing(500, () => signLeaf({ csr, spiffeId: request.spiffeId, ...issued }));
  const Service = request.identity.kind === "service" ? request.identity.service : "";
  return { Service, ServiceURI: request.spiffeId, ...described(leaf, root) };
}

/** Waits until it is this request's turn. Throws Consul's refusal when too many are before it. */
async function turn({ limit, clock }: Authority, perSecond: number): Promise<void> {
  const waitMs = limit.take(perSecond, clock.now());
  if (waitMs === undefined) throw new Refusal(500, "Rate limit reached, try again later");
  if (waitMs > 0) await clock.sleep(waitMs);
}

function described(leaf: string, root: Signer["root"]) {
  const { serial, notBeforeMs, notAfterMs } = certificateFacts(leaf);
  return {
    SerialNumber: serial,
    CertPEM: [leaf, ...(root.IntermediateCerts ?? [])].join(""),
    ValidAfter: timestamp(notBeforeMs),
    ValidBefore: timestamp(notAfterMs),
    RootID: root.ID,
  };
}

/** Gives what `work` gives; what is wrong with a certificate or a request becomes a refusal. */
function refusing<T>(status: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PkiError) throw new Refusal(status, error.message);
    throw error;
  }
}
