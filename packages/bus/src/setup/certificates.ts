import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { createTlsAuthority, generateKeyPair, readPrivateKey, signTlsCertificate } from "@causeway/pki/tls";
import { leafName } from "./nats-users.ts";

/** A certificate and its private key, in PEM. */
export type Keyed = { readonly certificate: string; readonly key: string };

/** How long certificates are valid from now on. */
export type Validity = { readonly nowMs: number; readonly ttlMs: number };

/** Makes the CA of the bus, which signs NATS servers and nothing else: it is no part of the mesh. */
export async function busAuthority({ nowMs, ttlMs }: Validity): Promise<Keyed> {
  const key = await generateKeyPair();
  const certificate = createTlsAuthority({ commonName: "Causeway Bus CA", key, serial: newSerial(), ttlMs, nowMs });
  return { certificate, key: key.privateKeyPem };
}

/** Signs the certificate of a datacenter's NATS servers, by which clients, each other and the primary's servers know them. */
export async function serverCertificate(
  datacenter: string,
  hosts: readonly string[],
  authority: Keyed,
  { nowMs, ttlMs }: Validity,
): Promise<Keyed> {
  const key = await generateKeyPair();
  const certificate = signTlsCertificate({
    commonName: `nats.${datacenter}`,
    dnsNames: [...hosts.filter((host) => isIP(host) === 0), leafName(datacenter)],
    ipAddresses: hosts.filter((host) => isIP(host) !== 0),
    publicKey: key.publicKey,
    issuer: authority.certificate,
    issuerKey: readPrivateKey(authority.key).privateKey,
    serial: newSerial(),
    ttlMs,
    nowMs,
  });
  return { certificate, key: key.privateKeyPem };
}

function newSerial(): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`) + 1n;
}
