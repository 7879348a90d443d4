import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DestinationIntentions } from "@causeway/model";
import { splitCertificates } from "@causeway/pki";
import {
  captureClientHello,
  createTestCa,
  eventually,
  issueCertificate,
  type ListeningServer,
  listen,
  pseudoRandom,
  receive,
  startHalfCloseServer,
  startSink,
  startTcpEcho,
} from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  intentions,
  ofLeaf,
  openTcp,
  openTls,
  selfSigned,
  serverNameOf,
  spiffeIdOf,
  TestMesh,
  TRUST_DOMAIN,
} from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  sniListener,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

let mesh: TestMesh;
let echo: ListeningServer;

beforeAll(async () => {
  echo = await startTcpEcho();
});
afterAll(() => echo.stop());
beforeEach(async () => {
  mesh = await TestMesh.create();
  await mesh.give("db");
});

const ALLOW_WEB = [intentions("db", { web: "allow" })];

function meshRoute(allowed: readonly DestinationIntentions[] = ALLOW_WEB, port = echo.port) {
  const authorization = { destination: "db", intentions: allowed, defaultAction: "deny" } as const;
  return routeTo([endpointAt(port)], { inbound: { kind: "mtls", leaf: "db", authorization } });
}

function bySni(allowed?: readonly DestinationIntentions[], port?: number) {
  return tableOf(sniListener({ [serverNameOf("db")]: meshRoute(allowed, port) }));
}

async function asService(service: string, options: Parameters<TestMesh["client"]>[1] = {}) {
  return mesh.client(await mesh.issue(service), { servername: serverNameOf("db"), ...options });
}

onEachEngine((engine) => {
  describe("a client of the mesh", () => {
    test("that an intention allows is carried, and the record says who and why", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      expect(under.proxy.boundEngine("public")).toBe(engine);
      const client = openTls(under.port(), await asService("web"));
      expect(await client.ask("hello")).toBe("hello");
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CARRIED",
        source: "web",
        destination: "db",
        serverName: serverNameOf("db"),
        decidedBy: "allow by the intention web => db (ID: web-db, Precedence: 9)",
        bytesToUpstream: 5,
        bytesToClient: 5,
      });
    });

    test("sees the leaf of the service that it asked for", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const client = openTls(under.port(), await asService("web"));
      await client.ask("hello");
      const presented = openTls(under.port(), await asService("web"));
      await presented.until("").catch(() => {});
      await eventually(() =>
        expect(presented.socket.getPeerX509Certificate()?.subjectAltName).toBe(`URI:${spiffeIdOf("db")}`),
      );
      presented.socket.destroy();
    });

    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      test(`may end its sending side and still gets the answer (${maxVersion})`, async () => {
        await using server = await startHalfCloseServer();
        await using under = await startTestProxy(bySni(ALLOW_WEB, server.port), { identities: mesh });
        const client = openTls(under.port(), await asService("web", { maxVersion }));
        expect(JSON.parse(await client.ask("request"))).toMatchObject({ bytes: 7 });
      });
    }

    for (const { offered, agreed } of [
      { offered: ["h2", "http/1.1"], agreed: "http/1.1" },
      { offered: ["h2"], agreed: "h2" },
      { offered: ["odd"], agreed: "odd" },
      { offered: [], agreed: false },
    ]) {
      test(`that offers ALPN ${JSON.stringify(offered)} is answered ${agreed}`, async () => {
        await using under = await startTestProxy(bySni(), { identities: mesh });
        const client = openTls(
          under.port(),
          await asService("web", offered.length === 0 ? {} : { ALPNProtocols: offered }),
        );
        expect(await client.ask("hello")).toBe("hello");
        expect(client.socket.alpnProtocol).toBe(agreed);
      });
    }

    test("may send 64 MB, which arrive whole, and no faster than they are read", async () => {
      const bytes = 64 * 1024 * 1024;
      await using sink = await startSink({ reading: false });
      await using under = await startTestProxy(bySni(ALLOW_WEB, sink.port), { identities: mesh });
      const client = openTls(under.port(), await asService("web"));
      const sent = pipeline(Readable.from(pseudoRandom(bytes)), client.socket);
      let taken = -1;
      await eventually(
        () => {
          const before = taken;
          taken = under.proxy.connections()[0]?.bytesToUpstream ?? 0;
          expect(taken).toBe(before);
          expect(taken).toBeGreaterThan(0);
        },
        { intervalMs: 200 },
      );
      expect(taken).toBeLessThan(24 * 1024 * 1024);
      sink.startReading();
      await sent;
      expect(await sink.nextTransfer()).toEqual(await receive(Readable.from(pseudoRandom(bytes))));
    });

    test("needs no server name where the listener has one route", async () => {
      await using under = await startTestProxy(tableOf(directListener(meshRoute())), { identities: mesh });
      const named = openTls(under.port(), await asService("web", { servername: "something.else" }));
      expect(await named.ask("hello")).toBe("hello");
      const { servername: _, ...nameless } = await asService("web");
      expect(await openTls(under.port(), nameless).ask("hello")).toBe("hello");
    });
  });

  describe("a client is refused", () => {
    const cases = [
      {
        name: "without a certificate",
        outcome: "NO_CLIENT_CERTIFICATE",
        options: async () => ({ cert: undefined, key: undefined }),
      },
      {
        name: "with a certificate that it signed itself",
        outcome: "CLIENT_TLS_FAILED",
        reason: /self-signed/,
        options: () => selfSigned(spiffeIdOf("web")),
      },
      {
        name: "with a certificate of another CA for the very same identity",
        outcome: "CLIENT_TLS_FAILED",
        reason: /CA that is not trusted/,
        options: async () =>
          issueCertificate({ ca: await createTestCa(), commonName: "web", uris: [spiffeIdOf("web")] }),
      },
      {
        name: "with a certificate of the right CA for another trust domain",
        outcome: "WRONG_TRUST_DOMAIN",
        reason: /other\.consul/,
        options: async () => ofLeaf(await mesh.issue("web", { trustDomain: "other.consul" })),
      },
      {
        name: "with an expired certificate",
        outcome: "CLIENT_TLS_FAILED",
        reason: /has expired/,
        options: async () => ofLeaf(await mesh.issue("web", { nowMs: Date.now() - 7_200_000, ttlMs: 60_000 })),
      },
      {
        name: "with a certificate that is no service's",
        outcome: "NOT_A_SERVICE_IDENTITY",
        reason: /gateway\/mesh/,
        options: async () =>
          ofLeaf(await mesh.issue("web", { spiffeId: `spiffe://${TRUST_DOMAIN}/gateway/mesh/dc/dc1` })),
      },
      {
        name: "with a certificate of another namespace",
        outcome: "NOT_A_SERVICE_IDENTITY",
        reason: /namespace/,
        options: async () =>
          ofLeaf(await mesh.issue("web", { spiffeId: `spiffe://${TRUST_DOMAIN}/ns/other/dc/dc1/svc/web` })),
      },
      {
        name: "with a certificate of a service that may not call",
        outcome: "DENIED",
        reason: /api may not call db: deny by the default policy/,
        options: async () => ofLeaf(await mesh.issue("api")),
      },
    ];
    for (const { name, outcome, reason = /./, options } of cases) {
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        test(`${name} (${maxVersion})`, async () => {
          await using under = await startTestProxy(bySni(), { identities: mesh });
          const before = echo.acceptedConnections();
          const client = openTls(under.port(), { ...(await asService("web")), ...(await options()), maxVersion });
          client.socket.write("secret");
          await client.ended;
          const record = await under.nextRecord();
          expect(record).toMatchObject({ outcome, bytesToUpstream: 0, reason: expect.stringMatching(reason) });
          expect(under.proxy.refusals()).toEqual([record]);
          expect(echo.acceptedConnections()).toBe(before);
        });
      }
    }

    test("when the service has no leaf, by an alert", async () => {
      mesh.leaves.clear();
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const client = openTls(under.port(), await asService("web"));
      await client.ended;
      expect(client.error?.code).toMatch(/INTERNAL_ERROR/);
      expect(await under.nextRecord()).toMatchObject({ outcome: "NO_LEAF", blame: "control-plane" });
    });

    test("when the service's leaf has expired", async () => {
      mesh.leaves.set("db", await mesh.issue("db", { nowMs: Date.now() - 7_200_000, ttlMs: 60_000 }));
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const client = openTls(under.port(), await asService("web"));
      await client.ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "NO_LEAF",
        reason: expect.stringContaining("expired at"),
      });
    });

    test("when it stops in the middle of the handshake", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh, limits: { handshakeTimeoutMs: 50 } });
      const client = await openTcp(under.port());
      client.socket.write(await captureClientHello(serverNameOf("db")));
      await client.ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CLIENT_TLS_FAILED",
        reason: expect.stringContaining("too long"),
      });
    });

    for (const { how, leave } of [
      { how: "closes", leave: (socket: Socket) => socket.destroy() },
      { how: "ends its sending side", leave: (socket: Socket) => socket.end() },
      { how: "resets", leave: (socket: Socket) => socket.resetAndDestroy() },
    ]) {
      test(`as soon as it ${how} in the middle of the handshake`, async () => {
        await using under = await startTestProxy(bySni(), { identities: mesh, limits: { handshakeTimeoutMs: 60_000 } });
        const client = await openTcp(under.port());
        client.socket.write(await captureClientHello(serverNameOf("db")));
        // The answer to the hello: so the handshake has begun.
        await once(client.socket, "data");
        leave(client.socket);
        expect(await under.nextRecord()).toMatchObject({
          outcome: "CLIENT_TLS_FAILED",
          reason: expect.stringContaining("the client broke it off"),
        });
        expect(under.proxy.connections()).toEqual([]);
      });
    }

    test("as soon as it ends its sending side right after its hello", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh, limits: { handshakeTimeoutMs: 60_000 } });
      const client = await openTcp(under.port());
      client.socket.end(await captureClientHello(serverNameOf("db")));
      expect(await under.nextRecord()).toMatchObject({ outcome: expect.stringMatching(/^CLIENT_/) });
    });
  });

  test("one bad leaf harms only its own service", async () => {
    mesh.leaves.set("bad", {
      certificatePem: "garbage",
      privateKeyPem: "garbage",
      serial: "1",
      notAfterMs: Date.now() + 60_000,
    });
    const bad = routeTo([endpointAt(echo.port)], {
      name: "bad",
      inbound: { ...meshRoute().inbound, leaf: "bad" } as never,
    });
    const table = tableOf(sniListener({ [serverNameOf("db")]: meshRoute(), [serverNameOf("bad")]: bad }));
    await using under = await startTestProxy(table, { identities: mesh });
    const refused = openTls(under.port(), await asService("web", { servername: serverNameOf("bad") }));
    await refused.ended;
    expect(await under.nextRecord()).toMatchObject({ outcome: "NO_LEAF" });
    expect(await openTls(under.port(), await asService("web")).ask("hello")).toBe("hello");
  });

  /** A line to a proxy that lets a client's hello through and holds what it says after that until `release`. */
  async function startSlowLine(port: number) {
    const held = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const server = createServer((client) => {
      const onward = connect(port, "127.0.0.1");
      onward.on("error", () => client.destroy()).on("close", () => client.destroy());
      client.on("close", () => onward.destroy());
      onward.pipe(client);
      client.once("data", (hello) => {
        onward.write(hello);
        client.once("data", async (rest) => {
          client.pause();
          held.resolve();
          await released.promise;
          onward.write(rest);
          client.pipe(onward);
        });
      });
    });
    return { ...(await listen(server)), held: held.promise, release: () => released.resolve() };
  }

  describe("while connections are open", () => {
    async function open(under: Awaited<ReturnType<typeof startTestProxy>>, options?: Parameters<typeof asService>[1]) {
      const client = openTls(under.port(), await asService("web", options));
      client.socket.write("hello");
      await client.until("hello");
      return client;
    }

    test("an intention that now denies one closes it, and only it", async () => {
      await using under = await startTestProxy(bySni([intentions("db", { web: "allow", api: "allow" })]), {
        identities: mesh,
      });
      const web = await open(under);
      const api = openTls(under.port(), mesh.client(await mesh.issue("api"), { servername: serverNameOf("db") }));
      api.socket.write("hello");
      await api.until("hello");

      await under.proxy.swap(bySni([intentions("db", { web: "deny", api: "allow" })]));
      await web.ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "NO_LONGER_ALLOWED",
        source: "web",
        decidedBy: "deny by the intention web => db (ID: web-db, Precedence: 9)",
        blame: "control-plane",
      });
      api.socket.write(" again");
      await api.until("hello again");
      api.socket.destroy();
    });

    test("a route that goes takes its connections with it", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const client = await open(under);
      await under.proxy.swap(tableOf(sniListener({})));
      await client.ended;
      expect(await under.nextRecord()).toMatchObject({ outcome: "ROUTE_GONE" });
    });

    test("other endpoints do not touch them", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const client = await open(under);
      await under.proxy.swap(bySni(ALLOW_WEB, 1));
      client.socket.write(" again");
      await client.until("hello again");
      client.socket.destroy();
    });

    test("a renewed leaf is presented to new ones and leaves the old alone", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const old = await open(under);
      const renewed = await mesh.give("db");
      under.proxy.recheck();
      const fresh = await open(under);
      const serial = (socket: typeof old.socket) => BigInt(`0x${socket.getPeerX509Certificate()?.serialNumber}`);
      expect(serial(fresh.socket)).toBe(BigInt(`0x${renewed.serial.replaceAll(":", "")}`));
      expect(serial(old.socket)).not.toBe(serial(fresh.socket));
      old.socket.write(" again");
      await old.until("hello again");
      old.socket.destroy();
      fresh.socket.destroy();
    });

    test("roots can be rotated: old and new leaves are both believed, until the old root is withdrawn", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const oldLeaf = mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") });
      const before = openTls(under.port(), oldLeaf);
      before.socket.write("hello");
      await before.until("hello");

      await mesh.rotate();
      under.proxy.recheck();
      const after = await open(under);
      // A client that knows only the old root believes the new leaf too, by the cross-signed intermediate.
      await mesh.give("db");
      under.proxy.recheck();
      expect(await openTls(under.port(), oldLeaf).ask("hello")).toBe("hello");
      before.socket.write(" again");
      await before.until("hello again");

      mesh.withdraw();
      under.proxy.recheck();
      await before.ended;
      await eventually(() =>
        expect(under.records.at(-1)).toMatchObject({
          outcome: "ISSUER_WITHDRAWN",
          reason: expect.stringContaining(spiffeIdOf("web")),
        }),
      );
      after.socket.write(" again");
      await after.until("hello again");
      after.socket.destroy();
      const late = openTls(under.port(), oldLeaf);
      await late.ended;
      // Which of two connections that ended is told of first is not said.
      const failed = expect.objectContaining({ outcome: "CLIENT_TLS_FAILED" });
      await eventually(() => expect(under.records).toContainEqual(failed));
    });

    test("leaves of a secondary datacenter are believed by their intermediate, until the root of that is withdrawn", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const secondary = "dc2";
      await mesh.give("db", { secondary });
      const servername = serverNameOf("db");
      const oldLeaf = mesh.client(await mesh.issue("web", { secondary }), { servername });
      const before = openTls(under.port(), oldLeaf);
      before.socket.write("hello");
      await before.until("hello");

      await mesh.rotate();
      under.proxy.recheck();
      const after = openTls(under.port(), mesh.client(await mesh.issue("web", { secondary }), { servername }));
      after.socket.write("hello");
      await after.until("hello");
      // A client that knows only the old root believes it by the cross-signed certificate that comes after the intermediate.
      await mesh.give("db", { secondary });
      under.proxy.recheck();
      expect(await openTls(under.port(), oldLeaf).ask("hello")).toBe("hello");
      before.socket.write(" again");
      await before.until("hello again");

      mesh.withdraw();
      under.proxy.recheck();
      await before.ended;
      await eventually(() => expect(under.records.at(-1)).toMatchObject({ outcome: "ISSUER_WITHDRAWN" }));
      after.socket.write(" again");
      await after.until("hello again");
      after.socket.destroy();
    });

    test("a leaf of a secondary datacenter that comes without its intermediate is not believed", async () => {
      await using under = await startTestProxy(bySni(), { identities: mesh });
      const { certificatePem, ...leaf } = await mesh.issue("web", { secondary: "dc2" });
      const alone = { ...leaf, certificatePem: splitCertificates(certificatePem)[0] ?? "" };
      const client = openTls(under.port(), mesh.client(alone, { servername: serverNameOf("db") }));
      await client.ended;
      await eventually(() => expect(under.records.at(-1)).toMatchObject({ outcome: "CLIENT_TLS_FAILED" }));
    });

    describe("what changes in the middle of a handshake still counts", () => {
      const cases = [
        {
          name: "an intention",
          outcome: "DENIED",
          change: (under: ProxyUnderTest) => under.proxy.swap(bySni([intentions("db", { web: "deny" })])),
        },
        {
          name: "a route",
          outcome: "ROUTE_GONE",
          change: (under: ProxyUnderTest) => under.proxy.swap(tableOf(sniListener({}))),
        },
        {
          name: "a root",
          outcome: "ISSUER_WITHDRAWN",
          change: async (under: ProxyUnderTest) => {
            await mesh.rotate();
            mesh.withdraw();
            under.proxy.recheck();
          },
        },
      ];
      for (const { name, outcome, change } of cases) {
        test(name, async () => {
          await using under = await startTestProxy(bySni(), { identities: mesh });
          await using line = await startSlowLine(under.port());
          const before = echo.acceptedConnections();
          const client = openTls(line.port, await asService("web", { maxVersion: "TLSv1.2" }));
          client.socket.write("secret");
          await line.held;
          await change(under);
          line.release();
          expect(await under.nextRecord()).toMatchObject({ outcome, bytesToUpstream: 0 });
          expect(echo.acceptedConnections()).toBe(before);
          client.socket.destroy();
        });
      }
    });
  });
});
