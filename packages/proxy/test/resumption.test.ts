import { once } from "node:events";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { splitCertificates } from "@causeway/pki";
import { type ListeningServer, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Leaf } from "../src/index.ts";
import { type Client, intentions, openTls, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import {
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  sniListener,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

/** Of a leaf that is to expire while a test looks. */
const SHORT_LIFE_MS = 3_000;

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

function tableThat(action: "allow" | "deny") {
  const authorization = {
    destination: "db",
    intentions: [intentions("db", { web: action })],
    defaultAction: "deny",
  } as const;
  const route = routeTo([endpointAt(echo.port)], { inbound: { kind: "mtls", leaf: "db", authorization } });
  return tableOf(sniListener({ [serverNameOf("db")]: route }));
}

onEachEngine((engine) => {
  describe.each(["TLSv1.2", "TLSv1.3"] as const)("a session of %s", (maxVersion) => {
    function optionsOf(leaf: Leaf): ConnectionOptions {
      return mesh.client(leaf, { servername: serverNameOf("db"), maxVersion });
    }

    /** Shakes hands in full and says something; gives the session that can be resumed, and the open connection. */
    async function begin(under: ProxyUnderTest, leaf: Leaf) {
      const client = openTls(under.port(), optionsOf(leaf));
      const session = once(client.socket, "session");
      // Where the handshake fails, that is told below.
      session.catch(() => {});
      client.socket.write("hello");
      await client.until("hello");
      expect(client.socket.isSessionReused()).toBe(false);
      return { client, session: (await session)[0] as Buffer };
    }

    /** Ends the connection of a session, and gives that. */
    async function sessionOf(under: ProxyUnderTest, leaf: Leaf): Promise<Buffer> {
      const { client, session } = await begin(under, leaf);
      client.socket.end();
      await under.nextRecord();
      return session;
    }

    /** A leaf that will expire soon, but not before its session has begun, on however busy a machine. */
    async function shortLived(under: ProxyUnderTest): Promise<{ leaf: Leaf; session: Buffer }> {
      for (let ttlMs = SHORT_LIFE_MS; ; ttlMs *= 2) {
        const leaf = await mesh.issue("web", { ttlMs });
        const session = await sessionOf(under, leaf).catch(() => undefined);
        if (session !== undefined) return { leaf, session };
        await under.nextRecord();
      }
    }

    function offer(under: ProxyUnderTest, leaf: Leaf, session: Buffer): Client<TLSSocket> {
      return openTls(under.port(), { ...optionsOf(leaf), session });
    }

    async function reused(client: Client<TLSSocket>): Promise<boolean> {
      client.socket.write("again");
      await client.until("again");
      return client.socket.isSessionReused();
    }

    test("is resumed, and the record says who called and why that was let in", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      expect(under.proxy.boundEngine("public")).toBe(engine);
      const leaf = await mesh.issue("web");
      const client = offer(under, leaf, await sessionOf(under, leaf));
      expect(await reused(client)).toBe(true);
      client.socket.end();
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CARRIED",
        source: "web",
        decidedBy: "allow by the intention web => db (ID: web-db, Precedence: 9)",
      });
    });

    test("is resumed again and again", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const leaf = await mesh.issue("web");
      let session = await sessionOf(under, leaf);
      for (let i = 0; i < 3; i++) {
        const client = offer(under, leaf, session);
        client.socket.on("session", (next: Buffer) => {
          session = next;
        });
        expect(await reused(client)).toBe(true);
        client.socket.destroy();
      }
    });

    test("does not outlive its intention", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const leaf = await mesh.issue("web");
      const session = await sessionOf(under, leaf);
      await under.proxy.swap(tableThat("deny"));
      const before = echo.acceptedConnections();
      const client = offer(under, leaf, session);
      client.socket.write("secret");
      await client.ended;
      expect(await under.nextRecord()).toMatchObject({ outcome: "DENIED", source: "web", bytesToUpstream: 0 });
      expect(echo.acceptedConnections()).toBe(before);
    });

    test("that is open is cut off by a new intention", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const leaf = await mesh.issue("web");
      const client = offer(under, leaf, await sessionOf(under, leaf));
      expect(await reused(client)).toBe(true);
      await under.proxy.swap(tableThat("deny"));
      await client.closed;
      expect(await under.nextRecord()).toMatchObject({ outcome: "NO_LONGER_ALLOWED", source: "web" });
    });

    test("does not outlive its root: what the old one signed is refused, by a full handshake", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const leaf = await mesh.issue("web");
      const options = optionsOf(leaf);
      const session = await sessionOf(under, leaf);
      await mesh.rotate();
      mesh.withdraw();
      await mesh.give("db");
      under.proxy.recheck();
      const client = openTls(under.port(), { ...options, ca: mesh.rootPem, session });
      client.socket.write("secret");
      await client.ended;
      expect(client.socket.isSessionReused()).not.toBe(true);
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CLIENT_TLS_FAILED",
        reason: expect.stringContaining("not trusted"),
        bytesToUpstream: 0,
      });
    });

    test("begins anew by a full handshake when roots are added", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const leaf = await mesh.issue("web");
      const session = await sessionOf(under, leaf);
      await mesh.rotate();
      under.proxy.recheck();
      const client = offer(under, leaf, session);
      expect(await reused(client)).toBe(false);
      client.socket.destroy();
    });

    test("begins anew by a full handshake when the leaf is renewed", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const leaf = await mesh.issue("web");
      const session = await sessionOf(under, leaf);
      await mesh.give("db");
      under.proxy.recheck();
      const client = offer(under, leaf, session);
      expect(await reused(client)).toBe(false);
      client.socket.destroy();
    });

    test("does not outlive the client's certificate", async () => {
      await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
      const { leaf, ...begun } = await shortLived(under);
      let { session } = begun;
      let refused = false;
      // Each time but the last it is resumed, and never verified again by OpenSSL: what refuses it is the look at its expiry.
      while (!refused) {
        const client = offer(under, leaf, session);
        client.socket.on("session", (next: Buffer) => {
          session = next;
        });
        client.socket.write("secret");
        await Promise.race([client.until("secret"), client.closed]).catch(() => {});
        refused = client.received.length === 0;
        expect(client.socket.isSessionReused()).not.toBe(false);
        client.socket.destroy();
        const record = await under.nextRecord();
        if (refused) expect(record).toMatchObject({ outcome: "CLIENT_TLS_FAILED", bytesToUpstream: 0 });
        if (refused) expect(record.reason).toContain("has expired");
      }
      expect(Date.now()).toBeGreaterThanOrEqual(leaf.notAfterMs);
    });

    for (const secondary of [undefined, "dc2"]) {
      const whose = secondary === undefined ? "of the root's own leaf" : "of a leaf below an intermediate";
      test(`${whose} that is open stays while its root is trusted, and is cut off when it is withdrawn`, async () => {
        await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
        const leaf = await mesh.issue("web", secondary === undefined ? {} : { secondary });
        const client = offer(under, leaf, await sessionOf(under, leaf));
        expect(await reused(client)).toBe(true);
        await mesh.rotate();
        under.proxy.recheck();
        client.socket.write(" still here");
        await client.until("still here");
        mesh.withdraw();
        under.proxy.recheck();
        await client.closed;
        expect(await under.nextRecord()).toMatchObject({
          outcome: "ISSUER_WITHDRAWN",
          reason: expect.stringContaining(spiffeIdOf("web", undefined, secondary)),
        });
      });
    }

    test("of one listener's leaf is of no use for another's", async () => {
      await mesh.give("api");
      const authorization = { destination: "api", intentions: [], defaultAction: "allow" } as const;
      const inbound = { kind: "mtls", leaf: "api", authorization } as const;
      const api = routeTo([endpointAt(echo.port)], { name: "api", inbound });
      const [listener] = tableThat("allow").listeners;
      const routes = listener?.match.by === "sni" ? listener.match.routes : new Map();
      await using under = await startTestProxy(
        tableOf(sniListener({ ...Object.fromEntries(routes), [serverNameOf("api")]: api })),
        { identities: mesh },
      );
      const leaf = await mesh.issue("web");
      const session = await sessionOf(under, leaf);
      const client = openTls(under.port(), { ...optionsOf(leaf), servername: serverNameOf("api"), session });
      expect(await reused(client)).toBe(false);
      client.socket.destroy();
    });
  });

  test("a leaf below an intermediate that comes alone is not let in because another has come with it", async () => {
    await using under = await startTestProxy(tableThat("allow"), { identities: mesh });
    const leaf = await mesh.issue("web", { secondary: "dc2" });
    const whole = openTls(under.port(), mesh.client(leaf, { servername: serverNameOf("db") }));
    expect(await whole.ask("hello")).toBe("hello");
    await under.nextRecord();
    const alone = { ...leaf, certificatePem: splitCertificates(leaf.certificatePem)[0] ?? "" };
    await openTls(under.port(), mesh.client(alone, { servername: serverNameOf("db") })).ended;
    expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_TLS_FAILED" });
  });
});

test("a session is resumed whichever of several workers it comes to", async () => {
  await using under = await startTestProxy(tableThat("allow"), { identities: mesh, engine: "splice", workers: 3 });
  const options = mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") });
  const first = openTls(under.port(), options);
  const [session] = (await once(first.socket, "session")) as [Buffer];
  first.socket.destroy();
  for (let i = 0; i < 12; i++) {
    const client = openTls(under.port(), { ...options, session });
    client.socket.write("again");
    await client.until("again");
    expect(client.socket.isSessionReused()).toBe(true);
    client.socket.destroy();
  }
});
