import type { KeyObject } from "node:crypto";
import { everyoneMay, type Handlers, Refusal } from "@causeway/bus";
import type { SignedLeaf } from "@causeway/model";
import { certificateFacts, type LeafIdentity, readCsr, signLeaf, validateLeafCsr } from "@causeway/pki";
import type { Clock } from "@causeway/runtime";
import type { CsrLimit } from "./csr-limit.ts";
import { requireLeaf } from "./leaf-permission.ts";
import { refusing } from "./refusing.ts";
import { timestamp } from "./roots.ts";
import { leafSerial } from "./serial.ts";
import type { Settings } from "./settings.ts";

/** What signs leaves: the active root in the primary datacenter, an intermediate in any other one. */
export type LeafIssuer = {
  readonly trustDomain: string;
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: KeyObject;
  /** PEM of each certificate that goes out after a leaf. */
  readonly sentAlong: readonly string[];
  /** The root that a leaf then leads to. */
  readonly rootId: string;
};

/** What leaves are signed with. */
export type LeafSigning = {
  readonly datacenter: string;
  readonly limit: CsrLimit;
  readonly clock: Clock;
  /** What signs now, asked for anew each time, since a rotation may come at any time. Throws the refusal of one that cannot sign. */
  readonly issuer: () => Promise<LeafIssuer>;
  /** What the configuration says of leaves. */
  readonly settings: () => Promise<Pick<Settings, "csrMaxPerSecond" | "leafCertTtlMs">>;
};

/** The verb by which a service gets its certificate, if `check` allows; the private key stays with whoever asks. */
export function signLeafVerb(signing: LeafSigning, check = everyoneMay): Handlers<"ca.sign-leaf"> {
  return { "ca.sign-leaf": ({ CSR, Token }) => sign(signing, CSR, (identity) => requireLeaf(check, Token, identity)) };
}

async function sign(
  signing: LeafSigning,
  csr: string,
  permit: (identity: LeafIdentity) => Promise<void>,
): Promise<SignedLeaf> {
  const { clock, datacenter } = signing;
  const asked = refusing(400, () => readCsr(csr));
  const { trustDomain } = await signing.issuer();
  const request = validateLeafCsr(asked, { trustDomain, datacenter });
  if (request.kind === "illegal") throw new Refusal(500, request.message);
  await permit(request.identity);

  const { csrMaxPerSecond, leafCertTtlMs: ttlMs } = await signing.settings();
  await turn(signing, csrMaxPerSecond);
  // Read after the wait, in which the root may have been rotated.
  const issuer = await signing.issuer();
  const by = { issuer: issuer.certificate, issuerKey: issuer.privateKey };
  const issued = { serial: leafSerial(), ttlMs, nowMs: clock.now(), ...by };
  const leaf = refusing(500, () => signLeaf({ csr, spiffeId: request.spiffeId, ...issued }));
  const Service = request.identity.kind === "service" ? request.identity.service : "";
  return { Service, ServiceURI: request.spiffeId, ...described(leaf, issuer) };
}

/** Waits until it is this request's turn. Throws Consul's refusal when too many are before it. */
async function turn({ limit, clock }: LeafSigning, perSecond: number): Promise<void> {
  const waitMs = limit.take(perSecond, clock.now());
  if (waitMs === undefined) throw new Refusal(500, "Rate limit reached, try again later");
  if (waitMs > 0) await clock.sleep(waitMs);
}

function described(leaf: string, { sentAlong, rootId }: LeafIssuer) {
  const { serial, notBeforeMs, notAfterMs } = certificateFacts(leaf);
  return {
    SerialNumber: serial,
    CertPEM: [leaf, ...sentAlong].join(""),
    ValidAfter: timestamp(notBeforeMs),
    ValidBefore: timestamp(notAfterMs),
    RootID: rootId,
  };
}
