import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { beforeAll, expect, test } from "vitest";
import { certificateFacts } from "./certificate.ts";
import { generateKeyPair, type KeyPair } from "./keys.ts";
import { createTlsAuthority, signTlsCertificate } from "./tls-certificates.ts";

const DAY_MS = 24 * 3_600_000;
const nowMs = Date.now();

let caKey: KeyPair;
let key: KeyPair;
beforeAll(async () => {
  [caKey, key] = await Promise.all([generateKeyPair(), generateKeyPair()]);
});

function authority(permittedDomains: readonly string[] = []): string {
  const signing = { serial: 1n, ttlMs: 10 * DAY_MS, nowMs };
  return createTlsAuthority({ commonName: "Consul Agent CA 1", permittedDomains, key: caKey, ...signing });
}

function certificate(issuer: string, dnsNames: readonly string[], ttlMs = DAY_MS): string {
  return signTlsCertificate({
    commonName: "server.dc1.consul",
    dnsNames,
    ipAddresses: ["127.0.0.1", "::1"],
    publicKey: key.publicKey,
    issuer,
    issuerKey: caKey.privateKey,
    serial: 2n,
    ttlMs,
    nowMs,
  });
}

test("an authority and a certificate say who they are", () => {
  const ca = authority();
  expect(certificateFacts(ca)).toMatchObject({ subject: "Consul Agent CA 1", isCa: true, dnsNames: [], uris: [] });
  const signed = certificate(ca, ["server.dc1.consul", "localhost"]);
  expect(certificateFacts(signed)).toMatchObject({
    subject: "server.dc1.consul",
    issuer: "Consul Agent CA 1",
    isCa: false,
    dnsNames: ["server.dc1.consul", "localhost"],
    ipAddresses: ["127.0.0.1", "::1"],
    uris: [],
  });
  expect(new X509Certificate(signed).checkIssued(new X509Certificate(ca))).toBe(true);
});

test("a certificate ends no later than its authority", () => {
  const ca = authority();
  expect(certificateFacts(certificate(ca, ["a"], 99 * DAY_MS)).notAfterMs).toBe(certificateFacts(ca).notAfterMs);
});

test("a key that is not the authority's is refused", async () => {
  const { privateKey } = await generateKeyPair();
  const signing = { issuer: authority(), issuerKey: privateKey, serial: 2n, ttlMs: DAY_MS, nowMs };
  const names = { commonName: "a", dnsNames: ["a"], ipAddresses: [] };
  expect(() => signTlsCertificate({ ...names, publicKey: key.publicKey, ...signing })).toThrow(
    "the private key does not belong to the certificate of Consul Agent CA 1",
  );
});

/** What a client that trusts `ca` makes of a server with `cert`: "" when it believes it. */
async function handshake(ca: string, cert: string): Promise<string> {
  const server = createServer({ cert, key: key.privateKeyPem });
  server.on("secureConnection", (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: "127.0.0.1", port, ca, servername: "server.dc1.consul" });
  const problem = await once(client, "secureConnect").then(
    () => "",
    (error: Error) => error.message,
  );
  client.destroy();
  server.close();
  return problem;
}

test.each([
  { fact: "any name without constraints", permitted: [], names: ["server.dc1.consul"], problem: "" },
  { fact: "a name below a permitted domain", permitted: ["consul"], names: ["server.dc1.consul"], problem: "" },
  {
    fact: "no name elsewhere",
    permitted: ["consul"],
    names: ["server.dc1.consul", "www.example.com"],
    problem: "permitted subtree violation",
  },
])("a client believes of an authority $fact", async ({ permitted, names, problem }) => {
  const ca = authority(permitted);
  expect(await handshake(ca, certificate(ca, names))).toBe(problem);
});
