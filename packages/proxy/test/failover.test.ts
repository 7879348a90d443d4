import { FakeClock } from "@causeway/runtime/testing";
import { freePort, type ListeningServer, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lookup } from "../src/index.ts";
import { openTcp } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  standIn,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

let a: ListeningServer;
let b: ListeningServer;
let c: ListeningServer;
let deadPort: number;

beforeAll(async () => {
  a = await startTcpEcho({ greeting: "a" });
  b = await startTcpEcho({ greeting: "b" });
  c = await startTcpEcho({ greeting: "c" });
  deadPort = await freePort();
});
afterAll(() => Promise.all([a.stop(), b.stop(), c.stop()]));

/** Who answers the next connection. */
async function answer(under: ProxyUnderTest): Promise<string> {
  return (await openTcp(under.port())).ask("");
}

function failingOver(...[first, ...others]: Parameters<typeof standIn>[]) {
  const [name, endpoints, options] = first ?? ["db", []];
  const failover = others.map((target) => standIn(...target));
  return tableOf(directListener(routeTo(endpoints, { ...options, name, failover })));
}

onEachEngine((engine) => {
  describe("the first target that can be reached carries the connection", () => {
    test("and where that is the route's own, the record says no more than that", async () => {
      const before = b.acceptedConnections();
      await using under = await startTestProxy(
        failingOver(["db", [endpointAt(a.port)]], ["db in dc2", [endpointAt(b.port)]]),
      );
      expect(await answer(under)).toBe("a");
      const record = await under.nextRecord();
      expect(record).toMatchObject({ outcome: "CARRIED", destination: "db", target: "db" });
      expect(record.failover).toBeUndefined();
      expect(b.acceptedConnections()).toBe(before);
    });

    test("after every endpoint of the one before refused", async () => {
      const dead = [endpointAt(deadPort), endpointAt(deadPort, { address: "127.0.0.2" })];
      await using under = await startTestProxy(failingOver(["db", dead], ["db in dc2", [endpointAt(b.port)]]));
      expect(await answer(under)).toBe("b");
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CARRIED",
        destination: "db",
        endpoint: `127.0.0.1:${b.port}`,
        target: "db in dc2",
        failover: {
          from: "db",
          code: "DIAL_FAILED",
          reason: `connecting to 127.0.0.2:${deadPort} failed: connection refused`,
        },
        failedDials: [
          { target: "db", address: `127.0.0.1:${deadPort}`, code: "DIAL_FAILED" },
          { target: "db", address: `127.0.0.2:${deadPort}`, code: "DIAL_FAILED" },
        ],
      });
      expect(under.dials).toEqual([
        { destination: "db", outcome: "DIAL_FAILED" },
        { destination: "db", outcome: "DIAL_FAILED" },
        { destination: "db", outcome: "OK" },
      ]);
    });

    test("past one that has no healthy endpoint, without an attempt", async () => {
      const unhealthy = [endpointAt(a.port, { healthy: false })];
      await using under = await startTestProxy(
        failingOver(["db", unhealthy], ["db in dc2", unhealthy], ["db in dc3", [endpointAt(c.port)]]),
      );
      expect(await answer(under)).toBe("c");
      const record = await under.nextRecord();
      expect(record).toMatchObject({
        target: "db in dc3",
        failover: { from: "db", code: "NO_HEALTHY_ENDPOINT", reason: "none of the 1 instances of db is healthy" },
      });
      expect(record.failedDials).toBeUndefined();
    });

    test("past one that is stale", async () => {
      await using under = await startTestProxy(
        failingOver(["db", [endpointAt(a.port)], { stale: true }], ["db in dc2", [endpointAt(b.port)]]),
      );
      expect(await answer(under)).toBe("b");
      expect(await under.nextRecord()).toMatchObject({ failover: { from: "db", code: "STALE" } });
    });

    test("and a stale one does when no other is left", async () => {
      await using under = await startTestProxy(
        failingOver(
          ["db", [endpointAt(deadPort)]],
          ["db in dc2", [endpointAt(b.port)], { stale: true }],
          ["db in dc3", [endpointAt(c.port)], { stale: true }],
        ),
      );
      expect(await answer(under)).toBe("b");
      expect(await under.nextRecord()).toMatchObject({ target: "db in dc2", failover: { code: "DIAL_FAILED" } });
    });
  });

  describe("a target that failed", () => {
    // The worker has a clock of its own; how long a target stays aside there is tested with `attempts`.
    test.skipIf(engine === "splice")(
      "is left aside, and is the first again when its time is up and it is back",
      async () => {
        const port = await freePort();
        const clock = new FakeClock();
        await using under = await startTestProxy(
          failingOver(["db", [endpointAt(port)]], ["db in dc2", [endpointAt(b.port)]]),
          { clock },
        );
        expect(await answer(under)).toBe("b");
        await using back = await startTcpEcho({ port, greeting: "back" });
        expect(await answer(under)).toBe("b");
        expect(back.acceptedConnections()).toBe(0);
        await under.nextRecord();
        const aside = await under.nextRecord();
        expect(aside).toMatchObject({ target: "db in dc2", failover: { from: "db", code: "DIAL_FAILED" } });
        expect(aside.failedDials).toBeUndefined();

        await clock.advance(5_000);
        expect(await answer(under)).toBe("back");
        expect(await answer(under)).toBe("back");
        expect((await under.nextRecord()).failover).toBeUndefined();
      },
    );

    test("is the first again as soon as it was reached, by a host name too", async () => {
      const port = await freePort();
      const lookup: Lookup = async () => ["127.0.0.1"];
      const dead = [endpointAt(deadPort)];
      await using under = await startTestProxy(
        failingOver(["db", [endpointAt(port, { address: "gateway.example" })]], ["db in dc2", dead]),
        { lookup, clock: new FakeClock() },
      );
      expect(await answer(under)).toBe("");
      await using _back = await startTcpEcho({ port, greeting: "back" });
      expect(await answer(under)).toBe("back");
      await under.proxy.swap(
        failingOver(["db", [endpointAt(port, { address: "gateway.example" })]], ["db in dc3", [endpointAt(b.port)]]),
      );
      expect(await answer(under)).toBe("back");
    });

    test("is tried all the same when the others fail too", async () => {
      const port = await freePort();
      await using under = await startTestProxy(
        failingOver(["db", [endpointAt(port)]], ["db in dc2", [endpointAt(deadPort)]]),
      );
      expect(await answer(under)).toBe("");
      await using _back = await startTcpEcho({ port, greeting: "back" });
      expect(await answer(under)).toBe("back");
      await under.nextRecord();
      expect((await under.nextRecord()).failover).toBeUndefined();
    });
  });

  describe("a connection that no target can carry", () => {
    test("says how many there were when none has a healthy endpoint", async () => {
      const unhealthy = [endpointAt(a.port, { healthy: false })];
      await using under = await startTestProxy(
        failingOver(["db", unhealthy], ["db in dc2", unhealthy], ["db in dc3", []]),
      );
      expect(await answer(under)).toBe("");
      expect(await under.nextRecord()).toMatchObject({
        outcome: "NO_HEALTHY_ENDPOINT",
        reason: "none of the 2 instances of the 3 targets of db is healthy",
      });
    });

    test("ends with the last failure, and lists them all", async () => {
      await using under = await startTestProxy(
        failingOver(["db", [endpointAt(deadPort)]], ["db in dc2", [endpointAt(deadPort, { address: "127.0.0.2" })]]),
      );
      expect(await answer(under)).toBe("");
      const record = await under.nextRecord();
      expect(record).toMatchObject({
        outcome: "DIAL_FAILED",
        reason: `connecting to 127.0.0.2:${deadPort} failed: connection refused`,
        failedDials: [{ target: "db" }, { target: "db in dc2" }],
      });
      expect(record.target).toBeUndefined();
    });
  });

  describe("an open connection", () => {
    const toDc2 = () => failingOver(["db", [endpointAt(deadPort)]], ["db in dc2", [endpointAt(b.port)]]);

    /** A connection that was carried to dc2. */
    async function openToDc2(under: ProxyUnderTest) {
      const client = await openTcp(under.port());
      await client.until("b");
      return client;
    }

    test("stays when the first target has become healthy again; new ones go there", async () => {
      await using under = await startTestProxy(toDc2());
      const client = await openToDc2(under);
      await under.proxy.swap(failingOver(["db", [endpointAt(a.port)]], ["db in dc2", [endpointAt(b.port)]]));
      expect(await answer(under)).toBe("a");
      expect(await client.ask("!")).toBe("b!");
    });

    test("stays when the target that carries it is gone, and shows which it was", async () => {
      await using under = await startTestProxy(toDc2());
      const client = await openToDc2(under);
      await under.proxy.swap(failingOver(["db", [endpointAt(a.port)]]));
      expect(under.proxy.connections()).toMatchObject([{ target: "db in dc2", failover: { from: "db" } }]);
      expect(await client.ask("!")).toBe("b!");
    });

    test("goes when its route is gone", async () => {
      await using under = await startTestProxy(toDc2());
      const client = await openToDc2(under);
      await under.proxy.swap(failingOver(["api", [endpointAt(a.port)]], ["db in dc2", [endpointAt(b.port)]]));
      await client.closed;
      expect(await under.nextRecord()).toMatchObject({ outcome: "ROUTE_GONE" });
    });
  });

  test("each target has turns of its own", async () => {
    const both = [endpointAt(a.port), endpointAt(b.port)];
    const table = (healthy: boolean) =>
      failingOver(["db", both.map((endpoint) => ({ ...endpoint, healthy }))], ["db in dc2", both]);
    await using under = await startTestProxy(table(true));
    const answers = [await answer(under)];
    await under.proxy.swap(table(false));
    answers.push(await answer(under));
    await under.proxy.swap(table(true));
    answers.push(await answer(under));
    expect(answers.join("")).toBe("aab");
  });
});
