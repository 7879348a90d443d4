import { createServer } from "node:tls";
import type { TlsLimits, TlsVersion } from "@causeway/routes";
import { type ListeningServer, listen, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { intentions, ofLeaf, openTcp, openTls, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import { directListener, endpointAt, onEachEngine, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

let mesh: TestMesh;
let echo: ListeningServer;

beforeAll(async () => {
  mesh = await TestMesh.create();
  await mesh.give("db");
  await mesh.give("web");
  echo = await startTcpEcho();
});
afterAll(() => echo.stop());

/** What the other side of a limited leg speaks. */
type Peer = { readonly minVersion?: TlsVersion; readonly maxVersion?: TlsVersion; readonly ciphers?: string };

const AES_128 = "ECDHE-ECDSA-AES128-GCM-SHA256";
const AES_256 = "ECDHE-ECDSA-AES256-GCM-SHA384";
const OF_LONG_AGO = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;

type Case = { readonly name: string; readonly limits?: TlsLimits; readonly peer: Peer };

const AGREED: readonly (Case & { readonly protocol: TlsVersion; readonly cipher?: string })[] = [
  { name: "without limits, the newest version", peer: {}, protocol: "TLSv1.3" },
  { name: "a highest version", limits: { maxVersion: "TLSv1.2" }, peer: {}, protocol: "TLSv1.2" },
  { name: "a lowest version of long ago", limits: { minVersion: "TLSv1" }, peer: OF_LONG_AGO, protocol: "TLSv1.1" },
  { name: "a highest version of long ago", limits: { maxVersion: "TLSv1" }, peer: OF_LONG_AGO, protocol: "TLSv1" },
  {
    name: "one cipher suite",
    limits: { cipherSuites: [AES_256] },
    peer: { maxVersion: "TLSv1.2" },
    protocol: "TLSv1.2",
    cipher: AES_256,
  },
  {
    name: "cipher suites, which leave TLS 1.3 alone",
    limits: { cipherSuites: [AES_256] },
    peer: { ciphers: `TLS_AES_128_GCM_SHA256:${AES_128}` },
    protocol: "TLSv1.3",
  },
];

const REFUSED: readonly (Case & { readonly reason: RegExp })[] = [
  {
    name: "below the lowest version",
    limits: { minVersion: "TLSv1.3" },
    peer: { maxVersion: "TLSv1.2" },
    reason: /no version of TLS that is allowed here \(only TLS 1\.3/,
  },
  {
    name: "above the highest version",
    limits: { maxVersion: "TLSv1.2" },
    peer: { minVersion: "TLSv1.3" },
    reason: /no version of TLS that is allowed here \(only TLS 1\.2/,
  },
  {
    name: "of long ago, without limits",
    peer: OF_LONG_AGO,
    reason: /no version of TLS that is allowed here \(TLS 1\.2 or later/,
  },
  {
    name: "with another cipher suite only",
    limits: { cipherSuites: [AES_256] },
    peer: { maxVersion: "TLSv1.2", ciphers: AES_128 },
    reason: /no cipher suite that is allowed here.*AES256|handshake failure/,
  },
];

function withLimits(limits: TlsLimits | undefined) {
  return limits === undefined ? {} : { limits };
}

onEachEngine((engine) => {
  describe("a client of the mesh", () => {
    function table(limits: TlsLimits | undefined) {
      const authorization = {
        destination: "db",
        intentions: [intentions("db", { web: "allow" })],
        defaultAction: "deny",
      } as const;
      const inbound = { kind: "mtls", leaf: "db", authorization, ...withLimits(limits) } as const;
      return tableOf(directListener(routeTo([endpointAt(echo.port)], { inbound })));
    }
    async function open(port: number, peer: Peer) {
      return openTls(port, mesh.client(await mesh.issue("web"), { servername: serverNameOf("db"), ...peer }));
    }

    for (const { name, limits, peer, protocol, cipher } of AGREED) {
      test(`is taken in under ${name}`, async () => {
        await using under = await startTestProxy(table(limits), { identities: mesh });
        expect(under.proxy.boundEngine("public")).toBe(engine);
        const client = await open(under.port(), peer);
        client.socket.write("hello");
        await client.until("hello");
        expect(client.socket.getProtocol()).toBe(protocol);
        if (cipher !== undefined) expect(client.socket.getCipher().name).toBe(cipher);
        client.socket.destroy();
      });
    }

    for (const { name, limits, peer, reason } of REFUSED) {
      test(`is refused ${name}`, async () => {
        await using under = await startTestProxy(table(limits), { identities: mesh });
        await (await open(under.port(), peer)).ended;
        expect(await under.nextRecord()).toMatchObject({
          outcome: "CLIENT_TLS_FAILED",
          reason: expect.stringMatching(reason),
          blame: "client",
        });
      });
    }

    test("meets new limits at once, while those that are open stay", async () => {
      await using under = await startTestProxy(table(undefined), { identities: mesh });
      const old = await open(under.port(), { maxVersion: "TLSv1.2" });
      old.socket.write("hello");
      await old.until("hello");
      await under.proxy.swap(table({ minVersion: "TLSv1.3" }));
      await (await open(under.port(), { maxVersion: "TLSv1.2" })).ended;
      expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_TLS_FAILED" });
      old.socket.write(" again");
      await old.until("hello again");
      old.socket.destroy();
    });
  });
});

onEachEngine(() => {
  describe("a service of the mesh", () => {
    function table(port: number, limits: TlsLimits | undefined) {
      const proof = { serverName: serverNameOf("db"), spiffeIds: [spiffeIdOf("db")] };
      const outbound = { kind: "mesh", leaf: "web", ...proof, ...withLimits(limits) } as const;
      return tableOf(directListener(routeTo([endpointAt(port)], { outbound })));
    }
    async function startService(peer: Peer): Promise<ListeningServer> {
      const server = createServer({ ...ofLeaf(await mesh.issue("db")), allowHalfOpen: true, ...peer }, (socket) => {
        socket.on("error", () => {});
        socket.end(`${socket.getProtocol()} ${socket.getCipher().name}`);
        socket.resume();
      });
      return listen(server);
    }

    for (const { name, limits, peer, protocol, cipher = "" } of AGREED) {
      test(`is reached under ${name}`, async () => {
        await using server = await startService(peer);
        await using under = await startTestProxy(table(server.port, limits), { identities: mesh });
        const answer = await (await openTcp(under.port())).ask("hello");
        expect(answer.startsWith(`${protocol} ${cipher}`), answer).toBe(true);
      });
    }

    for (const { name, limits, peer, reason } of REFUSED) {
      test(`is not spoken to ${name}`, async () => {
        await using server = await startService(peer);
        await using under = await startTestProxy(table(server.port, limits), { identities: mesh });
        const client = await openTcp(under.port());
        await client.ended;
        expect(await under.nextRecord()).toMatchObject({
          outcome: "UPSTREAM_TLS_FAILED",
          reason: expect.stringMatching(reason),
          blame: "upstream",
        });
      });
    }
  });
});
