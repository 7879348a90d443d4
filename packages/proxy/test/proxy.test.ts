import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Listener } from "@causeway/routes";
import { eventually, freePort, type ListeningServer, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTcp } from "./mesh.fixture.ts";
import { directListener, endpointAt, onEachEngine, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

let echo: ListeningServer;

beforeAll(async () => {
  echo = await startTcpEcho();
});
afterAll(() => echo.stop());

function echoListener(name = "public", more: Partial<Listener> = {}): Listener {
  return { ...directListener(routeTo([endpointAt(echo.port)]), name), ...more };
}

onEachEngine(() => {
  describe("a new table", () => {
    test("keeps, opens and closes listeners by their addresses", async () => {
      await using under = await startTestProxy(tableOf(echoListener("one"), echoListener("two")));
      const port = under.port("one");
      expect(await under.proxy.swap(tableOf(echoListener("three"), echoListener("one")))).toEqual({
        opened: ["three"],
        kept: ["one"],
        closed: ["two"],
        failed: [],
      });
      expect(under.port("one")).toBe(port);
      expect(under.proxy.boundPort("two")).toBeUndefined();
      expect(under.proxy.table().listeners.map(({ name }) => name)).toEqual(["three", "one"]);
      expect(await (await openTcp(under.port("three"))).ask("hello")).toBe("hello");
    });

    test("does not interrupt connections or accepting on what it leaves alone", async () => {
      await using under = await startTestProxy(tableOf(echoListener()));
      const before = await openTcp(under.port());
      for (let i = 0; i < 100; i++) {
        const { kept } = await under.proxy.swap(tableOf(echoListener()));
        expect(kept).toEqual(["public"]);
      }
      expect(await before.ask("hello")).toBe("hello");
    });

    test("reports an address that is taken, serves the others, and has it with the next table", async () => {
      const squatter = createServer().listen(0, "127.0.0.1");
      await once(squatter, "listening");
      const { port } = squatter.address() as AddressInfo;
      await using under = await startTestProxy(tableOf());
      const table = tableOf(echoListener("taken", { port }), echoListener("free"));
      expect(await under.proxy.swap(table)).toMatchObject({
        opened: ["free"],
        failed: [{ listener: "taken", address: `127.0.0.1:${port}`, reason: expect.stringMatching(/EADDRINUSE/) }],
      });
      expect(await (await openTcp(under.port("free"))).ask("hello")).toBe("hello");
      squatter.close();
      await once(squatter, "close");
      expect(await under.proxy.swap(table)).toEqual({ opened: ["taken"], kept: ["free"], closed: [], failed: [] });
      expect(await (await openTcp(port)).ask("hello")).toBe("hello");
    });

    test("that names an address twice serves the first", async () => {
      const port = await freePort();
      await using under = await startTestProxy(tableOf());
      expect(
        await under.proxy.swap(tableOf(echoListener("one", { port }), echoListener("two", { port }))),
      ).toMatchObject({
        opened: ["one"],
        failed: [{ listener: "two", reason: "the listener one has this address already" }],
      });
    });

    test("may follow the last one at once: the latest holds", async () => {
      const port = await freePort();
      await using under = await startTestProxy(tableOf());
      const swaps = [[echoListener("one", { port })], [], [echoListener("two", { port })]].map((listeners) =>
        under.proxy.swap(tableOf(...listeners)),
      );
      await Promise.all(swaps);
      expect(under.proxy.boundPort("one")).toBeUndefined();
      expect(under.proxy.boundPort("two")).toBe(port);
    });

    test("that leads a listener elsewhere ends the connections that went to the old place", async () => {
      await using under = await startTestProxy(tableOf(echoListener()));
      const client = await openTcp(under.port());
      client.socket.write("hello");
      await client.until("hello");
      await under.proxy.swap(tableOf(directListener(routeTo([endpointAt(echo.port)], { name: "other" }))));
      await client.ended;
      expect(await under.nextRecord()).toMatchObject({ outcome: "ROUTE_GONE", destination: "db" });
    });

    test("can listen on IPv6", async () => {
      await using under = await startTestProxy(tableOf(echoListener("public", { address: "::1" })));
      expect(under.port()).toBeGreaterThan(0);
    });
  });

  test("open connections can be looked at", async () => {
    await using under = await startTestProxy(tableOf(echoListener()));
    const client = await openTcp(under.port());
    client.socket.write("hello");
    await client.until("hello");
    const { address, port } = client.socket.address() as AddressInfo;
    expect(under.proxy.connections()).toMatchObject([
      {
        listener: "public",
        client: `${address}:${port}`,
        destination: "db",
        endpoint: `127.0.0.1:${echo.port}`,
        bytesToUpstream: 5,
        bytesToClient: 5,
      },
    ]);
    client.socket.destroy();
  });

  describe("the limit of connections", () => {
    test("turns away those beyond it, and lets new ones in when others have ended", async () => {
      await using under = await startTestProxy(tableOf(echoListener()), { limits: { maxConnections: 2 } });
      const [one, two] = [await openTcp(under.port()), await openTcp(under.port())];
      await eventually(() => expect(under.proxy.connections().length).toBe(2));
      // The reset may come before the client has even noticed that it was connected.
      await openTcp(under.port()).then(
        (client) => client.ended,
        () => {},
      );
      expect(await under.nextRecord()).toMatchObject({ outcome: "TOO_MANY_CONNECTIONS", blame: "gateway" });
      expect(await one.ask("hello")).toBe("hello");
      await under.nextRecord();
      expect(await (await openTcp(under.port())).ask("hello")).toBe("hello");
      expect(await two.ask("hello")).toBe("hello");
    });
  });

  describe("an idle connection", () => {
    test("is closed after the timeout, and one that is in use is not", async () => {
      await using under = await startTestProxy(tableOf(echoListener()), { limits: { idleTimeoutMs: 1_500 } });
      const idle = await openTcp(under.port());
      const busy = await openTcp(under.port());
      const talk = setInterval(() => busy.socket.write("x"), 20);
      await idle.ended;
      clearInterval(talk);
      expect(await under.nextRecord()).toMatchObject({ outcome: "IDLE" });
      expect(under.records.length).toBe(1);
      busy.socket.destroy();
    });
  });

  describe("a drain", () => {
    test("accepts nothing new and waits for what is open", async () => {
      await using under = await startTestProxy(tableOf(echoListener()));
      const port = under.port();
      const client = await openTcp(port);
      client.socket.write("hello");
      await client.until("hello");
      const drained = under.proxy.drain(60_000);
      await expect(openTcp(port)).rejects.toThrow("ECONNREFUSED");
      expect(await client.ask(" world")).toBe("hello world");
      expect(await drained).toEqual({ cutOff: 0 });
    });

    test("goes on accepting until nobody is to come any more", async () => {
      await using under = await startTestProxy(tableOf(echoListener()));
      const port = under.port();
      const left = Promise.withResolvers<void>();
      const drained = under.proxy.drain(60_000, () => left.promise);
      const late = await openTcp(port);
      late.socket.write("hello");
      await late.until("hello");
      left.resolve();
      expect(await late.ask(" world")).toBe("hello world");
      expect(await drained).toEqual({ cutOff: 0 });
      await expect(openTcp(port)).rejects.toThrow("ECONNREFUSED");
    });

    test("waits for nobody to come no longer than the deadline", async () => {
      await using under = await startTestProxy(tableOf(echoListener()));
      const port = under.port();
      expect(await under.proxy.drain(10, () => new Promise(() => {}))).toEqual({ cutOff: 0 });
      await expect(openTcp(port)).rejects.toThrow("ECONNREFUSED");
    });

    test("cuts off what has not ended by the deadline", async () => {
      await using under = await startTestProxy(tableOf(echoListener()));
      const client = await openTcp(under.port());
      client.socket.write("hello");
      await client.until("hello");
      expect(await under.proxy.drain(10)).toEqual({ cutOff: 1 });
      await client.ended;
      expect(under.records).toMatchObject([{ outcome: "DRAINED" }]);
      expect(await under.proxy.swap(tableOf(echoListener()))).toMatchObject({ opened: [] });
    });
  });

  test("after the end nothing is left that would keep the process alive", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|FSEvent/.test(name)).length;
    const under = await startTestProxy(tableOf(echoListener()), { limits: { idleTimeoutMs: 1_000 } });
    const client = await openTcp(under.port());
    client.socket.write("hello");
    await client.until("hello");
    await under.proxy.close();
    await client.closed;
    await eventually(() => {
      const after = process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|FSEvent/.test(name)).length;
      expect(after).toBeLessThanOrEqual(before + 1);
    });
  });

  test("2,000 connections leave no socket behind", async () => {
    await using under = await startTestProxy(tableOf(echoListener()));
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCPSocketWrap")).length;
    const before = sockets();
    for (let round = 0; round < 40; round++) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => openTcp(under.port())));
      const answers = await Promise.all(clients.map((client) => client.ask("hello")));
      expect(answers.every((answer) => answer === "hello")).toBe(true);
    }
    await eventually(() => expect(under.records.length).toBe(2_000));
    await eventually(() => expect(sockets()).toBeLessThanOrEqual(before));
    await eventually(() => expect(under.proxy.connections()).toEqual([]));
  });
});
