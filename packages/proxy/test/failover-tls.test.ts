import { createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Endpoint, Outbound, RouteTable } from "@causeway/routes";
import { freePort, type ListeningServer, listen, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ofLeaf, openTcp, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  sniListener,
  standIn,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

let mesh: TestMesh;
let api: ListeningServer;
let db: ListeningServer;
let deadPort: number;

beforeAll(async () => {
  mesh = await TestMesh.create();
  await mesh.give("web");
  api = await startService("api");
  db = await startService("db");
  deadPort = await freePort();
});
afterAll(() => Promise.all([api.stop(), db.stop()]));

/** A service of the mesh, which greets whoever has a leaf by its name. */
async function startService(service: string, options: TlsOptions = {}): Promise<ListeningServer> {
  const server = createTlsServer(
    { ...ofLeaf(await mesh.issue(service)), ca: mesh.rootPem, requestCert: true, allowHalfOpen: true, ...options },
    (socket) => {
      socket.on("error", () => {});
      socket.end(service);
    },
  );
  return listen(server);
}

/** Something that takes connections and resets each when its ClientHello comes, as a gateway does that cannot reach the other side. */
function startResetting(): Promise<ListeningServer> {
  return listen(
    createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.resetAndDestroy());
    }),
  );
}

/** The way to a service of the mesh as "web" goes it. */
function meshTo(service: string): Outbound {
  return { kind: "mesh", leaf: "web", serverName: serverNameOf(service), spiffeIds: [spiffeIdOf(service)] };
}

/** To `api`; failing that, to `db`. */
function apiThenDb(first: readonly Endpoint[], second: readonly Endpoint[]): RouteTable {
  const failover = [standIn("db", second, { outbound: meshTo("db") })];
  return tableOf(directListener(routeTo(first, { name: "api", outbound: meshTo("api"), failover })));
}

/** Who answers the next connection to a listener. */
async function answer(under: ProxyUnderTest, listener?: string): Promise<string> {
  return (await openTcp(under.port(listener))).ask("");
}

onEachEngine(() => {
  describe("a target whose TLS fails", () => {
    test("by a reset in the handshake gives way to the next, which is asked for by its own name and identity", async () => {
      await using resetting = await startResetting();
      const table = apiThenDb([endpointAt(resetting.port)], [endpointAt(db.port)]);
      await using under = await startTestProxy(table, { identities: mesh });
      expect(await answer(under)).toBe("db");
      expect(resetting.acceptedConnections()).toBe(1);
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CARRIED",
        destination: "api",
        target: "db",
        failover: {
          from: "api",
          code: "UPSTREAM_TLS_FAILED",
          reason: expect.stringMatching(/closed the connection during the handshake/),
        },
      });
      expect(under.dials.map(({ outcome }) => outcome)).toEqual(["UPSTREAM_TLS_FAILED", "OK"]);
    });

    test("because nobody answers gives way after its own timeout", async () => {
      await using silent = await listen(createTcpServer((socket) => socket.on("error", () => {}).resume()));
      const outbound = meshTo("api");
      const failover = [standIn("db", [endpointAt(db.port)], { outbound: meshTo("db"), connectTimeoutMs: 10_000 })];
      const route = routeTo([endpointAt(silent.port)], { name: "api", outbound, connectTimeoutMs: 100, failover });
      await using under = await startTestProxy(tableOf(directListener(route)), { identities: mesh });
      expect(await answer(under)).toBe("db");
      expect(await under.nextRecord()).toMatchObject({
        failover: { code: "UPSTREAM_TLS_FAILED", reason: expect.stringMatching(/no answer within/) },
      });
    });

    test("because we have no leaf for it gives way too", async () => {
      const failover = [standIn("db", [endpointAt(db.port)], { outbound: meshTo("db") })];
      const outbound = { ...meshTo("api"), leaf: "nobody" } as const;
      const route = routeTo([endpointAt(api.port)], { name: "api", outbound, failover });
      await using under = await startTestProxy(tableOf(directListener(route)), { identities: mesh });
      expect(await answer(under)).toBe("db");
      expect(await under.nextRecord()).toMatchObject({
        failover: { from: "api", code: "NO_LEAF", reason: expect.stringMatching(/none has been issued yet/) },
        failedDials: [{ target: "api", code: "NO_LEAF" }],
      });
    });

    test("because its files cannot be read gives way too", async () => {
      await using directory = await temporaryDirectory();
      const outbound = { kind: "tls", caFile: `${directory.path}/none.pem` } as const;
      const failover = [standIn("db", [endpointAt(db.port)], { outbound: meshTo("db") })];
      const route = routeTo([endpointAt(api.port)], { name: "api", outbound, failover });
      await using under = await startTestProxy(tableOf(directListener(route)), { identities: mesh });
      expect(await answer(under)).toBe("db");
      expect(await under.nextRecord()).toMatchObject({ failover: { code: "TLS_FILES_UNUSABLE" } });
    });

    test("does not tie a connection up for ever, however many targets there are", async () => {
      await using silent = await listen(createTcpServer((socket) => socket.on("error", () => {}).resume()));
      const endpoints = [endpointAt(silent.port)];
      const names = Array.from({ length: 40 }, (_, i) => `api${i}`);
      const [first = "", ...others] = names;
      const timeout = { connectTimeoutMs: 250 };
      const failover = others.map((name) => standIn(name, endpoints, { ...timeout, outbound: meshTo(name) }));
      const route = routeTo(endpoints, { ...timeout, name: first, outbound: meshTo(first), failover });
      await using under = await startTestProxy(tableOf(directListener(route)), { identities: mesh });
      expect(await answer(under)).toBe("");
      const { outcome, failedDials = [] } = await under.nextRecord();
      expect(outcome).toBe("UPSTREAM_TLS_FAILED");
      expect(failedDials.length).toBeGreaterThan(1);
      expect(failedDials.length).toBeLessThan(9);
    });
  });

  describe("each target must prove its own identity", () => {
    test("the first target's will not do for the second", async () => {
      const table = apiThenDb([endpointAt(deadPort)], [endpointAt(api.port)]);
      await using under = await startTestProxy(table, { identities: mesh });
      expect(await answer(under)).toBe("");
      expect(await under.nextRecord()).toMatchObject({
        outcome: "WRONG_PEER_IDENTITY",
        reason: expect.stringMatching(`proved to be ${spiffeIdOf("api")}, not ${spiffeIdOf("db")}`),
        bytesToUpstream: 0,
      });
    });

    test("nor the second target's for the first, which then gives way", async () => {
      const table = apiThenDb([endpointAt(db.port)], [endpointAt(db.port)]);
      await using under = await startTestProxy(table, { identities: mesh });
      expect(await answer(under)).toBe("db");
      expect(await under.nextRecord()).toMatchObject({ target: "db", failover: { code: "WRONG_PEER_IDENTITY" } });
    });
  });

  describe("behind one mesh gateway", () => {
    /** A gateway that passes connections to `api` and `db` through, as far as it can reach them. */
    function startMeshGateway(apiPort: number, dbPort: number): Promise<ProxyUnderTest> {
      const inbound = { kind: "passthrough" } as const;
      const routes = {
        [serverNameOf("api")]: routeTo([endpointAt(apiPort)], { name: "api", inbound }),
        [serverNameOf("db")]: routeTo([endpointAt(dbPort)], { name: "db", inbound }),
      };
      return startTestProxy(tableOf(sniListener(routes)));
    }

    /** A listener for a service behind the gateway, for which another service stands in that is reached directly. */
    function behind(gateway: ProxyUnderTest, service: string, other: string, otherPort: number) {
      const failover = [standIn(other, [endpointAt(otherPort)], { outbound: meshTo(other) })];
      const route = routeTo([endpointAt(gateway.port())], { name: service, outbound: meshTo(service), failover });
      return directListener(route, service);
    }

    test("what one service fails by does not put the next aside", async () => {
      await using gateway = await startMeshGateway(deadPort, db.port);
      const listeners = [behind(gateway, "api", "db", db.port), behind(gateway, "db", "api", api.port)];
      await using under = await startTestProxy(tableOf(...listeners), { identities: mesh });
      expect(await answer(under, "api")).toBe("db");
      const failed = await under.nextRecord();
      expect(failed).toMatchObject({ target: "db", failover: { from: "api", code: "UPSTREAM_TLS_FAILED" } });
      expect(failed.failedDials).toMatchObject([{ address: `127.0.0.1:${gateway.port()}` }]);

      expect(await answer(under, "db")).toBe("db");
      const other = await under.nextRecord();
      expect(other).toMatchObject({ target: "db", endpoint: `127.0.0.1:${gateway.port()}` });
      expect(other.failover).toBeUndefined();
      // Still aside: the failure was not taken back by the other service's success.
      expect(await answer(under, "api")).toBe("db");
      const aside = await under.nextRecord();
      expect(aside.failover).toMatchObject({ code: "UPSTREAM_TLS_FAILED" });
      expect(aside.failedDials).toBeUndefined();
    });

    test("a service that cannot be reached is told by an alert before any byte of the application", async () => {
      await using gateway = await startMeshGateway(deadPort, deadPort);
      const table = apiThenDb([endpointAt(gateway.port())], [endpointAt(db.port)]);
      await using under = await startTestProxy(table, { identities: mesh });
      const client = await openTcp(under.port());
      client.socket.end("said before anybody was reached");
      await client.until("db");
      await client.ended;
      expect(await gateway.nextRecord()).toMatchObject({ outcome: "DIAL_FAILED" });
      expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", target: "db", bytesToUpstream: 31 });
    });
  });
});
