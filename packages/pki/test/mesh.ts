import { createCsr, createRoot, generateKeyPair, type KeyPair, type KeyType, signLeaf } from "../src/index.ts";
import type { Side } from "./mutual-tls.ts";

export const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";
export const HOUR_MS = 3_600_000;

/** A root and its key. */
export type TestRoot = { readonly pem: string; readonly key: KeyPair };

/** The SPIFFE ID of a service in datacenter dc1. */
export function spiffeIdOf(service: string): string {
  return `spiffe://${TRUST_DOMAIN}/ns/default/dc/dc1/svc/${service}`;
}

export async function makeRoot(keyType?: KeyType, nowMs = Date.now(), ttlMs = 87_600 * HOUR_MS): Promise<TestRoot> {
  const key = await generateKeyPair(keyType);
  return { pem: createRoot({ trustDomain: TRUST_DOMAIN, key, serial: 1n, ttlMs, nowMs }), key };
}

/** One side of a handshake whose leaf is of `service`, signed by `root`; believes `root` unless told otherwise. */
export async function makeSide(
  service: string,
  root: TestRoot,
  {
    keyType,
    nowMs = Date.now(),
    intermediates = "",
    roots = [root.pem],
  }: {
    readonly keyType?: KeyType;
    readonly nowMs?: number;
    readonly intermediates?: string;
    readonly roots?: readonly string[];
  } = {},
): Promise<Side> {
  const key = await generateKeyPair(keyType);
  const csr = createCsr({ spiffeId: spiffeIdOf(service), key });
  const leaf = signLeaf({
    csr,
    issuer: root.pem,
    issuerKey: root.key.privateKey,
    serial: 2n,
    ttlMs: 72 * HOUR_MS,
    nowMs,
  });
  return { certificate: leaf + intermediates, key: key.privateKeyPem, roots };
}
