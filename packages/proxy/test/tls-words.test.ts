import { writeFile } from "node:fs/promises";
import { createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Outbound } from "@causeway/routes";
import {
  type CertificateRequest,
  createTestCa,
  issueCertificate,
  type KeyedCertificate,
  type ListeningServer,
  listen,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ofLeaf, openTcp, selfSigned, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import { directListener, endpointAt, type ProxyUnderTest, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

const HOUR_MS = 3_600_000;
const hoursFromNow = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
const PAST = { notBefore: hoursFromNow(-5), notAfter: hoursFromNow(-2) };
const FUTURE = { notBefore: hoursFromNow(2), notAfter: hoursFromNow(5) };

let mesh: TestMesh;
let ca: KeyedCertificate;
let otherCa: KeyedCertificate;
let directory: TemporaryDirectory;
let caFile: string;
let strangersFiles: { readonly certFile: string; readonly keyFile: string };
const servers: ListeningServer[] = [];
let proxies: readonly ProxyUnderTest[] = [];

const issue = (request: Partial<CertificateRequest> = {}) =>
  issueCertificate({ ca, commonName: "external", dnsNames: ["api.example"], ...request });

/** A certificate with those that are sent after it. */
const withChain = (own: KeyedCertificate, ...others: readonly KeyedCertificate[]) => ({
  key: own.key,
  cert: [own, ...others].map(({ cert }) => cert).join("\n"),
});

/** A service that speaks TLS with these options, and nothing else. */
function speaking(options: TlsOptions): Promise<ListeningServer> {
  return listen(createTlsServer(options, (socket) => socket.on("error", () => {}).resume()));
}

/** A service that does this as soon as it hears something. */
function answering(answer: (socket: Socket) => void): Promise<ListeningServer> {
  return listen(createTcpServer((socket) => socket.on("error", () => {}).once("data", () => answer(socket))));
}

const demanding = (options: TlsOptions) => ({ ca: ca.cert, requestCert: true, rejectUnauthorized: true, ...options });

/** What a far side does that is not spoken to, and as what it is dialled: a service outside the mesh, unless told. */
type Case = {
  readonly start: () => Promise<ListeningServer>;
  readonly outbound?: () => Outbound;
  readonly says: RegExp;
};

const plainly = (): Outbound => ({ kind: "tls", caFile, serverName: "api.example" });
const mutually = (): Outbound => ({ kind: "mtls", caFile, ...strangersFiles, serverName: "api.example" });
const meshily = (): Outbound => ({
  kind: "mesh",
  leaf: "web",
  serverName: serverNameOf("db"),
  spiffeIds: [spiffeIdOf("db"), spiffeIdOf("db", undefined, "dc2")],
});
const ofMesh = (service: string, options = {}) => mesh.issue(service, options).then((leaf) => speaking(ofLeaf(leaf)));

const CASES: Readonly<Record<string, Case>> = {
  "another name": { start: async () => speaking(await issue({ dnsNames: ["db.example"] })), says: /none is api/ },
  "no name at all": { start: async () => speaking(await issue({ dnsNames: [] })), says: /no alternative names/ },
  "an expired certificate": { start: async () => speaking(await issue(PAST)), says: /expired at/ },
  "a certificate of the future": { start: async () => speaking(await issue(FUTURE)), says: /not valid before/ },
  "an unknown CA": { start: async () => speaking(await issue({ ca: otherCa })), says: /unknown CA/ },
  "an unknown CA that is sent along": {
    start: async () => speaking(withChain(await issue({ ca: otherCa }), otherCa)),
    says: /unknown CA/,
  },
  "an unknown CA, and an expired certificate": {
    start: async () => speaking(await issue({ ca: otherCa, ...PAST })),
    says: /expired at|unknown CA/,
  },
  "a CA in a server's place": { start: async () => speaking(otherCa), says: /not meant for this use/ },
  "an expired certificate below an expired intermediate": {
    start: async () => {
      const intermediate = await createTestCa({ commonName: "Old Intermediate", ca, ...PAST });
      return speaking(withChain(await issue({ ca: intermediate, ...PAST }), intermediate));
    },
    says: /expired at/,
  },
  "an issuer that is no CA": {
    start: async () => {
      const issuer = await issue({ commonName: "no CA" });
      return speaking(withChain(await issue({ ca: issuer }), issuer));
    },
    says: /was not accepted|unknown CA/,
  },
  "an intermediate that is missing": {
    start: async () => speaking(await issue({ ca: await createTestCa({ commonName: "Intermediate", ca }) })),
    says: /unknown CA/,
  },
  "a certificate for clients": {
    start: async () => speaking(await issue({ extendedKeyUsage: ["clientAuth"] })),
    says: /not meant for this use/,
  },
  "plain HTTP": { start: () => answering((socket) => socket.end("HTTP/1.0 400 No\r\n\r\n")), says: /not speak TLS/ },
  "another protocol that speaks first": {
    start: () => listen(createTcpServer((socket) => socket.on("error", () => {}).write("220 ready\r\n"))),
    says: /not speak TLS/,
  },
  "a record that is none": {
    start: () => answering((socket) => socket.end(Buffer.from("1603030004ffffffff", "hex"))),
    says: /./,
  },
  "the end of TCP": { start: () => answering((socket) => socket.end()), says: /closed the connection/ },
  "a reset": { start: () => answering((socket) => socket.resetAndDestroy()), says: /closed the connection/ },
  "an alert that it has no such server": {
    start: () => answering((socket) => socket.end(Buffer.from("15030300020270", "hex"))),
    says: /does not serve the server name/,
  },
  "an alert that it cannot": {
    start: () => answering((socket) => socket.end(Buffer.from("15030300020250", "hex"))),
    says: /refused \(alert: internal error\)/,
  },
  "an old version only": {
    start: async () =>
      speaking({ ...(await issue()), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    says: /no version of TLS that is allowed here \(TLS 1\.2 or later/,
  },
  "that it wants a certificate": {
    start: async () => speaking(demanding({ ...(await issue()), maxVersion: "TLSv1.2" })),
    says: /none is configured/,
  },
  "that it wants a certificate, later": {
    start: async () => speaking(demanding({ ...(await issue()), minVersion: "TLSv1.3" })),
    says: /none is configured/,
  },
  "that ours is of an unknown CA": {
    start: async () => speaking(demanding({ ...(await issue()), maxVersion: "TLSv1.2" })),
    outbound: mutually,
    says: /./,
  },
  "another service of the mesh": { start: () => ofMesh("api"), outbound: meshily, says: /proved to be .*api, not/ },
  "a service of another mesh": {
    start: () => ofMesh("db", { trustDomain: "another.consul" }),
    outbound: meshily,
    says: /proved to be .*another/,
  },
  "an expired leaf": {
    start: () => ofMesh("db", { nowMs: Date.now() - 2 * HOUR_MS, ttlMs: HOUR_MS }),
    outbound: meshily,
    says: /expired at/,
  },
  "two identities, of which one is right": {
    start: async () =>
      speaking(await issueCertificate({ ca, commonName: "two", uris: [spiffeIdOf("db"), spiffeIdOf("api")] })),
    outbound: meshily,
    says: /unknown CA/,
  },
  "the right identity, which it has given itself": {
    start: async () => speaking(await selfSigned(spiffeIdOf("db"))),
    outbound: meshily,
    says: /self-signed/,
  },
};

beforeAll(async () => {
  mesh = await TestMesh.create();
  await mesh.give("web");
  ca = await createTestCa({ commonName: "Company CA" });
  otherCa = await createTestCa({ commonName: "Other CA" });
  directory = await temporaryDirectory();
  const fileOf = async (name: string, contents: string) => {
    await writeFile(`${directory.path}/${name}`, contents);
    return `${directory.path}/${name}`;
  };
  const stranger = await issueCertificate({ ca: otherCa, commonName: "stranger" });
  caFile = await fileOf("ca.pem", ca.cert);
  const [certFile, keyFile] = [await fileOf("cert.pem", stranger.cert), await fileOf("key.pem", stranger.key)];
  strangersFiles = { certFile, keyFile };
  const listeners = [];
  for (const [name, { start, outbound = plainly }] of Object.entries(CASES)) {
    const server = await start();
    servers.push(server);
    listeners.push(directListener(routeTo([endpointAt(server.port)], { outbound: outbound() }), name));
  }
  const table = tableOf(...listeners);
  proxies = await Promise.all([
    startTestProxy(table, { engine: "stream", identities: mesh }),
    startTestProxy(table, { engine: "splice", identities: mesh }),
  ]);
});
afterAll(async () => {
  await Promise.all([...proxies, directory].map((each) => each[Symbol.asyncDispose]()));
  await Promise.all(servers.map((server) => server.stop()));
});

/** What is written down of a connection that says nothing itself. */
async function saidOf(under: ProxyUnderTest, listener: string) {
  await (await openTcp(under.port(listener))).ended;
  const { outcome, reason, blame, tlsFault, failedDials, bytesToUpstream } = await under.nextRecord();
  return { outcome, reason, blame, tlsFault, failedDials, bytesToUpstream };
}

for (const [name, { says }] of Object.entries(CASES)) {
  test(`both engines refuse ${name}, in the same words`, async () => {
    const [byStream, bySplice] = await Promise.all(proxies.map((under) => saidOf(under, name)));
    expect(byStream).toMatchObject({ reason: expect.stringMatching(says), blame: "upstream", bytesToUpstream: 0 });
    expect(bySplice).toEqual(byStream);
    for (const under of proxies) {
      expect(under.proxy.boundEngine(name)).toBe(under === proxies[0] ? "stream" : "splice");
    }
  });
}
