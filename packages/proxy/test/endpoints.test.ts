import type { Endpoint } from "@causeway/routes";
import { eventually, freePort, type ListeningServer, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lookup } from "../src/index.ts";
import { openTcp } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

let a: ListeningServer;
let b: ListeningServer;
let deadPort: number;

beforeAll(async () => {
  // Nobody else has this port, at another address either.
  a = await startTcpEcho({ greeting: "a", port: await freePort() });
  b = await startTcpEcho({ greeting: "b" });
  deadPort = await freePort();
});
afterAll(() => Promise.all([a.stop(), b.stop()]));

function tableFor(endpoints: readonly Endpoint[], connectTimeoutMs = 30_000) {
  return tableOf(directListener(routeTo(endpoints, { connectTimeoutMs })));
}

/** Who answers the next connections, one after the other. */
async function answers(under: ProxyUnderTest, count: number): Promise<string> {
  let text = "";
  for (let i = 0; i < count; i++) text += await (await openTcp(under.port())).ask("");
  return text;
}

onEachEngine(() => {
  describe("turns", () => {
    test("go by weight", async () => {
      await using under = await startTestProxy(tableFor([endpointAt(a.port, { weight: 2 }), endpointAt(b.port)]));
      expect(await answers(under, 6)).toBe("abaaba");
    });

    test("go on where they were when the table is swapped for an equal one", async () => {
      const table = () => tableFor([endpointAt(a.port), endpointAt(b.port)]);
      await using under = await startTestProxy(table());
      let text = "";
      for (let i = 0; i < 4; i++) {
        text += await answers(under, 1);
        await under.proxy.swap(table());
      }
      expect(text).toBe("abab");
    });

    test("pass over the unhealthy", async () => {
      await using under = await startTestProxy(tableFor([endpointAt(a.port, { healthy: false }), endpointAt(b.port)]));
      expect(await answers(under, 3)).toBe("bbb");
    });
  });

  describe("an endpoint that cannot be reached", () => {
    test("is passed over for the next, and the attempt is recorded", async () => {
      await using under = await startTestProxy(tableFor([endpointAt(deadPort), endpointAt(b.port)]));
      expect(await answers(under, 1)).toBe("b");
      expect(await under.nextRecord()).toMatchObject({
        outcome: "CARRIED",
        endpoint: `127.0.0.1:${b.port}`,
        failedDials: [
          {
            address: `127.0.0.1:${deadPort}`,
            code: "DIAL_FAILED",
            reason: expect.stringMatching(/connection refused/),
          },
        ],
      });
      expect(under.dials).toEqual([
        { destination: "db", outcome: "DIAL_FAILED" },
        { destination: "db", outcome: "OK" },
      ]);
    });

    test("is tried last for a while", async () => {
      await using under = await startTestProxy(tableFor([endpointAt(deadPort), endpointAt(b.port)]));
      await answers(under, 4);
      await eventually(() =>
        expect(under.dials.map(({ outcome }) => outcome)).toEqual(["DIAL_FAILED", "OK", "OK", "OK", "OK"]),
      );
    });

    test("does not stay out of use when it is all there is and has come back", async () => {
      const port = await freePort();
      await using under = await startTestProxy(tableFor([endpointAt(port)]));
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({ outcome: "DIAL_FAILED" });
      await using back = await startTcpEcho({ port, greeting: "back" });
      expect(await answers(under, 1)).toBe("back");
      expect(back.acceptedConnections()).toBe(1);
    });

    test("costs ten attempts at most", async () => {
      const endpoints = Array.from({ length: 30 }, (_, i) =>
        endpointAt(deadPort, { instance: `i${i}`, address: `127.0.0.${i + 1}` }),
      );
      await using under = await startTestProxy(tableFor(endpoints));
      await (await openTcp(under.port())).ended;
      const { outcome, failedDials } = await under.nextRecord();
      expect(outcome).toBe("DIAL_FAILED");
      expect(failedDials?.length).toBe(10);
    });

    test("is given up when the client goes away", async () => {
      const route = routeTo([endpointAt(80, { address: "db.example" })], { connectTimeoutMs: 60_000 });
      const lookup: Lookup = () => new Promise(() => {});
      await using under = await startTestProxy(tableOf(directListener(route)), { lookup });
      const client = await openTcp(under.port());
      await eventually(() => expect(under.proxy.connections().length).toBe(1));
      client.socket.resetAndDestroy();
      expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_CLOSED" });
    });
  });

  describe("no endpoint", () => {
    const cases = [
      { name: "is told from none that is healthy", endpoints: [], reason: "db has no instance" },
      {
        name: "that is healthy is told with their number",
        endpoints: [endpointAt(1, { healthy: false }), endpointAt(2, { healthy: false })],
        reason: "none of the 2 instances of db is healthy",
      },
    ];
    for (const { name, endpoints, reason } of cases) {
      test(name, async () => {
        await using under = await startTestProxy(tableFor(endpoints));
        await (await openTcp(under.port())).ended;
        expect(await under.nextRecord()).toMatchObject({ outcome: "NO_HEALTHY_ENDPOINT", reason });
      });
    }
  });

  describe("a host name", () => {
    test("stands for all its addresses, those of other instances beside it", async () => {
      await using second = await startTcpEcho({ host: "127.0.0.2", port: a.port, greeting: "2" });
      const lookup: Lookup = async () => ["127.0.0.1", "127.0.0.2"];
      const endpoints = [endpointAt(a.port, { address: "db.example" }), endpointAt(b.port)];
      await using under = await startTestProxy(tableFor(endpoints), { lookup });
      expect(await answers(under, 6)).toBe("ab2bab");
      expect(second.acceptedConnections()).toBe(1);
    });

    test("of which one address is dead is reached by the other", async () => {
      const lookup: Lookup = async () => ["::1", "127.0.0.1"];
      await using under = await startTestProxy(tableFor([endpointAt(a.port, { address: "db.example" })]), { lookup });
      expect(await answers(under, 3)).toBe("aaa");
    });

    test("that changes its address is followed, without a new table", async () => {
      await using second = await startTcpEcho({ host: "127.0.0.2", port: a.port, greeting: "2" });
      let address = "127.0.0.1";
      const lookup: Lookup = async () => [address];
      await using under = await startTestProxy(tableFor([endpointAt(a.port, { address: "db.example" })]), {
        lookup,
        limits: { resolveEveryMs: 20 },
      });
      expect(await answers(under, 1)).toBe("a");
      address = "127.0.0.2";
      await eventually(async () => expect(await answers(under, 1)).toBe("2"));
      expect(second.acceptedConnections()).toBeGreaterThan(0);
    });

    test("that cannot be resolved gives its reason, and the next endpoint its turn", async () => {
      const lookup: Lookup = async (host) => {
        throw new Error(`getaddrinfo ENOTFOUND ${host}`);
      };
      const named = endpointAt(80, { address: "nowhere.example" });
      await using alone = await startTestProxy(tableFor([named]), { lookup });
      await (await openTcp(alone.port())).ended;
      expect(await alone.nextRecord()).toMatchObject({
        outcome: "DIAL_FAILED",
        reason:
          "connecting to nowhere.example:80 failed: its name cannot be resolved: getaddrinfo ENOTFOUND nowhere.example",
      });
      await using under = await startTestProxy(tableFor([named, endpointAt(b.port)]), { lookup });
      expect(await answers(under, 2)).toBe("bb");
    });

    test("that takes too long to resolve counts as one that cannot be reached", async () => {
      const lookup: Lookup = () => new Promise(() => {});
      const named = endpointAt(80, { address: "slow.example" });
      await using under = await startTestProxy(tableFor([named, endpointAt(b.port)], 1_000), { lookup });
      expect(await answers(under, 1)).toBe("b");
      expect(await under.nextRecord()).toMatchObject({
        failedDials: [{ address: "slow.example:80", reason: expect.stringMatching(/no answer within 1000 ms/) }],
      });
    });

    test("is resolved by the system where nothing else is told", async () => {
      await using under = await startTestProxy(tableFor([endpointAt(a.port, { address: "localhost" })]));
      expect(await answers(under, 2)).toBe("aa");
    });
  });

  test("an IPv6 endpoint is reached, and printed in brackets", async () => {
    await using six = await startTcpEcho({ host: "::1", greeting: "6" });
    await using under = await startTestProxy(tableFor([endpointAt(six.port, { address: "::1" })]));
    expect(await answers(under, 1)).toBe("6");
    expect(await under.nextRecord()).toMatchObject({ endpoint: `[::1]:${six.port}` });
  });
});
