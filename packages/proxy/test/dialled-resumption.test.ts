import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type Server, type TlsOptions } from "node:tls";
import type { Outbound } from "@causeway/routes";
import {
  createTestCa,
  eventually,
  issueCertificate,
  type KeyedCertificate,
  type ListeningServer,
  listen,
  startTcpEcho,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HandshakeRelay, startHandshakeRelay } from "./handshake-relay.fixture.ts";
import { intentions, ofLeaf, openTcp, selfSigned, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

/** Of a leaf that is to expire while a test looks. */
const SHORT_LIFE_MS = 2_000;

type MeshOutbound = Extract<Outbound, { readonly kind: "mesh" }>;

const TO_DB: MeshOutbound = {
  kind: "mesh",
  leaf: "web",
  serverName: serverNameOf("db"),
  spiffeIds: [spiffeIdOf("db")],
};

let mesh: TestMesh;
let ca: KeyedCertificate;
let external: KeyedCertificate;
let directory: TemporaryDirectory;

beforeAll(async () => {
  ca = await createTestCa({ commonName: "Company CA" });
  external = await issueCertificate({ ca, commonName: "external", dnsNames: ["api.example", "www.example"] });
  const client = await issueCertificate({ ca, commonName: "gateway" });
  directory = await temporaryDirectory();
  await writeFile(at("ca.pem"), ca.cert);
  await writeFile(at("client.pem"), client.cert);
  await writeFile(at("client.key"), client.key);
});
afterAll(() => directory[Symbol.asyncDispose]());
beforeEach(async () => {
  mesh = await TestMesh.create();
  await mesh.give("web");
});

const at = (name: string) => `${directory.path}/${name}`;
const outside = (serverName: string) => ({ kind: "tls", caFile: at("ca.pem"), serverName }) as const;

/** An echo by TLS, as a far side of any kind may be; `reused` tells of each connection whether it has resumed a session. */
type FarSide = ListeningServer & { readonly server: Server; readonly reused: boolean[] };

async function startFarSide(options: TlsOptions): Promise<FarSide> {
  const reused: boolean[] = [];
  const server = createServer({ allowHalfOpen: true, ...options }, (socket) => {
    reused.push(socket.isSessionReused());
    socket.on("error", () => {}).pipe(socket);
  });
  return { ...(await listen(server)), server, reused };
}

/** A service of the mesh, by Node's own sockets. */
async function startService(service: string, options: TlsOptions = {}): Promise<FarSide> {
  return startFarSide({ ...ofLeaf(await mesh.issue(service)), ca: mesh.rootPem, requestCert: true, ...options });
}

function tableTo(port: number, outbound: Outbound = TO_DB) {
  return tableOf(directListener(routeTo([endpointAt(port)], { outbound, connectTimeoutMs: 30_000 })));
}

function startDialler(port: number, outbound?: Outbound): Promise<ProxyUnderTest> {
  return startTestProxy(tableTo(port, outbound), { identities: mesh });
}

/** Has an application ask something through the proxy, and gives the answer: nothing where it was not let through. */
async function ask(under: ProxyUnderTest): Promise<string> {
  return (await openTcp(under.port())).ask("hello").catch(() => "");
}

async function carries(under: ProxyUnderTest): Promise<void> {
  expect(await ask(under)).toBe("hello");
  expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: 5, bytesToClient: 5 });
}

const resumed = ({ handshakes }: HandshakeRelay) => handshakes.map((each) => each.resumed);

onEachEngine((engine) => {
  describe("a session that is dialled", () => {
    const kinds: readonly { readonly name: string; readonly outbound: () => Outbound }[] = [
      { name: "by its name", outbound: () => outside("api.example") },
      { name: "by its chain", outbound: () => ({ kind: "tls", caFile: at("ca.pem") }) },
      {
        name: "by mutual TLS of files",
        outbound: () => ({
          kind: "mtls",
          caFile: at("ca.pem"),
          certFile: at("client.pem"),
          keyFile: at("client.key"),
          serverName: "api.example",
        }),
      },
    ];
    for (const { name, outbound } of kinds) {
      test(`with a service outside the mesh that is known ${name} is resumed`, async () => {
        await using farSide = await startFarSide({
          ...external,
          ca: ca.cert,
          requestCert: true,
          rejectUnauthorized: false,
        });
        await using under = await startDialler(farSide.port, outbound());
        expect(under.proxy.boundEngine("public")).toBe(engine);
        for (let i = 0; i < 3; i++) await carries(under);
        expect(farSide.reused).toEqual([false, true, true]);
      });
    }

    test("with a service of the mesh is resumed, and the record says whom it has proved to be", async () => {
      await using farSide = await startService("db");
      await using under = await startDialler(farSide.port);
      for (let i = 0; i < 3; i++) {
        expect(await ask(under)).toBe("hello");
        expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", destinationIdentity: spiffeIdOf("db") });
      }
      expect(farSide.reused).toEqual([false, true, true]);
    });

    for (const farEngine of ["stream", "splice"] as const) {
      /** A sidecar of ours as the far side, which lets `web` in or does not. */
      const sidecarTable = (port: number, action: "allow" | "deny") => {
        const decided = { destination: "db", intentions: [intentions("db", { web: action })] };
        const authorization = { ...decided, defaultAction: "deny" } as const;
        const inbound = { kind: "mtls", leaf: "db", authorization } as const;
        return tableOf(directListener(routeTo([endpointAt(port)], { inbound })));
      };

      test(`with a sidecar (${farEngine}) is resumed, and intentions are decided anew each time`, async () => {
        await mesh.give("db");
        await using echo = await startTcpEcho();
        const farOptions = { identities: mesh, engine: farEngine };
        await using farSide = await startTestProxy(sidecarTable(echo.port, "allow"), farOptions);
        await using relay = await startHandshakeRelay(farSide.port());
        await using under = await startDialler(relay.port);
        for (let i = 0; i < 2; i++) {
          await carries(under);
          expect(await farSide.nextRecord()).toMatchObject({ outcome: "CARRIED", source: "web" });
        }
        await farSide.proxy.swap(sidecarTable(echo.port, "deny"));
        const accepted = echo.acceptedConnections();
        expect(await ask(under)).toBe("");
        expect(await farSide.nextRecord()).toMatchObject({ outcome: "DENIED", source: "web", bytesToUpstream: 0 });
        expect(echo.acceptedConnections()).toBe(accepted);
        await farSide.proxy.swap(sidecarTable(echo.port, "allow"));
        expect(await ask(under)).toBe("hello");
        expect(resumed(relay).slice(0, 3)).toEqual([false, true, true]);
      });

      test(`with a sidecar (${farEngine}) is not resumed when that has a new leaf`, async () => {
        await mesh.give("db");
        await using echo = await startTcpEcho();
        const farOptions = { identities: mesh, engine: farEngine };
        await using farSide = await startTestProxy(sidecarTable(echo.port, "allow"), farOptions);
        await using relay = await startHandshakeRelay(farSide.port());
        await using under = await startDialler(relay.port);
        await carries(under);
        await mesh.give("db");
        farSide.proxy.recheck();
        await carries(under);
        await carries(under);
        expect(resumed(relay)).toEqual([false, false, true]);
        expect(relay.handshakes[1]?.offered).toBeDefined();
      });
    }

    const changes: readonly {
      readonly name: string;
      readonly change: (under: ProxyUnderTest, port: number) => Promise<unknown>;
    }[] = [
      {
        name: "our leaf is renewed",
        change: async ({ proxy }) => {
          await mesh.give("web");
          proxy.recheck();
        },
      },
      {
        name: "a root is added",
        change: async ({ proxy }) => {
          await mesh.rotate();
          proxy.recheck();
        },
      },
      {
        name: "other limits hold",
        change: ({ proxy }, port) => proxy.swap(tableTo(port, { ...TO_DB, limits: { minVersion: "TLSv1.3" } })),
      },
      {
        name: "another identity would do as well",
        change: ({ proxy }, port) =>
          proxy.swap(tableTo(port, { ...TO_DB, spiffeIds: [spiffeIdOf("db"), spiffeIdOf("api")] })),
      },
      {
        name: "another server is asked for",
        change: ({ proxy }, port) => proxy.swap(tableTo(port, { ...TO_DB, serverName: serverNameOf("api") })),
      },
    ];
    for (const { name, change } of changes) {
      test(`is not even offered when ${name}`, async () => {
        await using farSide = await startService("db");
        await using relay = await startHandshakeRelay(farSide.port);
        await using under = await startDialler(relay.port);
        await carries(under);
        await carries(under);
        await change(under, relay.port);
        await carries(under);
        expect(resumed(relay)).toEqual([false, true, false]);
        expect(relay.handshakes[2]?.offered).toBeUndefined();
      });
    }

    test("is not offered to another address, though it would be understood there", async () => {
      const ticketKeys = randomBytes(48);
      await using one = await startService("db", { ticketKeys });
      await using other = await startService("db", { ticketKeys });
      await using relay = await startHandshakeRelay(other.port);
      await using under = await startDialler(one.port);
      await carries(under);
      await under.proxy.swap(tableTo(relay.port));
      await carries(under);
      expect(relay.handshakes).toEqual([{ offered: undefined, resumed: false }]);
    });

    test("is not offered when the files of TLS have been written anew", async () => {
      const caFile = at(`renewed-${engine}.pem`);
      await writeFile(caFile, ca.cert);
      await using farSide = await startFarSide(external);
      await using relay = await startHandshakeRelay(farSide.port);
      await using under = await startDialler(relay.port, { ...outside("api.example"), caFile });
      await carries(under);
      await carries(under);
      await writeFile(caFile, `${ca.cert}\n${(await createTestCa()).cert}`);
      await eventually(() => expect(under.lines.map(({ message }) => message)).toContain("TLS files loaded anew"));
      await carries(under);
      expect(resumed(relay)).toEqual([false, true, false]);
      expect(relay.handshakes[2]?.offered).toBeUndefined();
    });

    test("is offered once, however many connections begin at once", async () => {
      await using farSide = await startService("db");
      await using relay = await startHandshakeRelay(farSide.port);
      await using under = await startDialler(relay.port);
      await carries(under);
      for (let round = 0; round < 5; round++) {
        expect(await Promise.all(Array.from({ length: 6 }, () => ask(under)))).toEqual(Array(6).fill("hello"));
      }
      const offered = relay.handshakes.flatMap((each) => each.offered ?? []);
      expect(offered.length).toBeGreaterThan(0);
      expect(new Set(offered).size).toBe(offered.length);
    });

    test("that the far side does not know any more becomes a full handshake on the same connection", async () => {
      await using farSide = await startService("db");
      await using relay = await startHandshakeRelay(farSide.port);
      await using under = await startDialler(relay.port);
      await carries(under);
      farSide.server.setTicketKeys(randomBytes(48));
      await carries(under);
      await carries(under);
      expect(resumed(relay)).toEqual([false, false, true]);
      expect(relay.handshakes[1]?.offered).toBeDefined();
      expect(under.dials.map(({ outcome }) => outcome)).toEqual(["OK", "OK", "OK"]);
    });

    test("of TLS 1.2 is not resumed", async () => {
      await using farSide = await startService("db", { maxVersion: "TLSv1.2" });
      await using under = await startDialler(farSide.port);
      for (let i = 0; i < 3; i++) await carries(under);
      expect(farSide.reused).toEqual([false, false, false]);
    });

    const impostors: readonly {
      readonly name: string;
      readonly start: () => Promise<FarSide>;
      readonly refusal: object;
    }[] = [
      {
        name: "one that made its certificate itself",
        start: async () => startFarSide(await selfSigned(spiffeIdOf("db"))),
        refusal: { outcome: "UPSTREAM_TLS_FAILED", reason: expect.stringMatching(/unknown CA/) },
      },
      {
        name: "another service",
        start: () => startService("api"),
        refusal: { outcome: "WRONG_PEER_IDENTITY", reason: expect.stringMatching(/proved to be .*api/) },
      },
      {
        name: "one whose leaf has expired",
        start: async () =>
          startFarSide(ofLeaf(await mesh.issue("db", { nowMs: Date.now() - 7_200_000, ttlMs: 60_000 }))),
        refusal: { outcome: "UPSTREAM_TLS_FAILED", reason: expect.stringMatching(/expired at/) },
      },
    ];
    for (const { name, start, refusal } of impostors) {
      test(`does not let in ${name} that has taken the place of its far side`, async () => {
        await using farSide = await startService("db");
        await using impostor = await start();
        await using relay = await startHandshakeRelay(farSide.port);
        await using under = await startDialler(relay.port);
        await carries(under);
        relay.target = impostor.port;
        expect(await ask(under)).toBe("");
        expect(await under.nextRecord()).toMatchObject({ ...refusal, bytesToUpstream: 0 });
        expect(relay.handshakes[1]).toMatchObject({ offered: expect.any(String), resumed: false });
        relay.target = farSide.port;
        await carries(under);
        expect(relay.handshakes[2]).toEqual({ offered: undefined, resumed: false });
      });
    }

    test("that is broken off where it is offered is not offered again at once", async () => {
      await using farSide = await startService("db");
      await using relay = await startHandshakeRelay(farSide.port);
      await using under = await startDialler(relay.port);
      await carries(under);
      relay.breaksOff = true;
      expect(await ask(under)).toBe("");
      expect(await under.nextRecord()).toMatchObject({ outcome: "UPSTREAM_TLS_FAILED" });
      await carries(under);
      expect(relay.handshakes.map((each) => each.offered)).toEqual([undefined, undefined]);
    });

    test("does not outlive the certificate of its far side", async () => {
      for (let ttlMs = SHORT_LIFE_MS; ; ttlMs *= 2) {
        const leaf = await mesh.issue("db", { ttlMs });
        await using farSide = await startFarSide(ofLeaf(leaf));
        await using relay = await startHandshakeRelay(farSide.port);
        await using under = await startDialler(relay.port);
        while ((await ask(under)) === "hello") await under.nextRecord();
        // It has expired before anything could be resumed, on a busy machine.
        if (relay.handshakes.length < 3) continue;
        expect(await under.nextRecord()).toMatchObject({
          outcome: "UPSTREAM_TLS_FAILED",
          reason: expect.stringMatching(/expired at/),
          bytesToUpstream: 0,
        });
        expect(Date.now()).toBeGreaterThanOrEqual(leaf.notAfterMs);
        const [first, ...others] = relay.handshakes;
        expect(first?.resumed).toBe(false);
        expect(others.pop()).toEqual({ offered: undefined, resumed: false });
        expect(others.some((each) => each.resumed)).toBe(true);
        return;
      }
    });

    test("is cut off like any other when the root is withdrawn under which its far side has proved who it is", async () => {
      await using farSide = await startService("db");
      await using under = await startDialler(farSide.port);
      await carries(under);
      const client = await openTcp(under.port());
      client.socket.write("hello");
      await client.until("hello");
      expect(farSide.reused).toEqual([false, true]);
      await mesh.rotate();
      under.proxy.recheck();
      client.socket.write(" still here");
      await client.until("still here");
      mesh.withdraw();
      under.proxy.recheck();
      await client.closed;
      expect(await under.nextRecord()).toMatchObject({ outcome: "ISSUER_WITHDRAWN" });
    });
  });
});
