import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { eventually, freePort, pseudoRandom, startSink, startTcpEcho } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { intentions, openTcp, openTls, serverNameOf, TestMesh } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  routeTo,
  sniListener,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

const MEGABYTE = 1024 * 1024;

function plainTo(port: number) {
  return tableOf(directListener(routeTo([endpointAt(port)])));
}

/** The descriptors of this process that are of a kind, such as "pipe" or "socket". */
function descriptors(kind = ""): number {
  return readdirSync("/proc/self/fd", { withFileTypes: true }).filter(({ name }) => kindOf(name).startsWith(kind))
    .length;
}

function kindOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // Closed since it was listed.
    return "gone";
  }
}

onEachEngine((engine) => {
  test("1 GB arrives whole", async () => {
    await using sink = await startSink();
    await using under = await startTestProxy(plainTo(sink.port));
    expect(under.proxy.boundEngine("public")).toBe(engine);
    const client = await openTcp(under.port());
    const block = Buffer.concat([...pseudoRandom(16 * MEGABYTE)]);
    const hash = createHash("sha256");
    for (let i = 0; i < 64; i++) {
      // No two blocks are alike, so that none can be lost or come in another's place.
      block.writeUInt32LE(i);
      hash.update(block);
      if (!client.socket.write(Buffer.from(block))) await once(client.socket, "drain");
    }
    client.socket.end();
    expect(await sink.nextTransfer()).toEqual({ bytes: 1024 * MEGABYTE, sha256: hash.digest("hex") });
    expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: 1024 * MEGABYTE });
  }, 300_000);

  test("10,000 connections leave no descriptor, no pipe and no memory behind", async () => {
    await using echo = await startTcpEcho();
    await using under = await startTestProxy(plainTo(echo.port));
    const greeting = "x".repeat(100_000);
    async function rounds(count: number): Promise<void> {
      for (let round = 0; round < count; round++) {
        const clients = await Promise.all(Array.from({ length: 50 }, () => openTcp(under.port())));
        const answers = await Promise.all(clients.map((client, i) => client.ask(i === 0 ? greeting : "hello")));
        expect(answers.every((answer, i) => answer.length === (i === 0 ? greeting.length : 5))).toBe(true);
        for (let i = 0; i < 50; i++) await under.nextRecord();
      }
    }
    await rounds(40);
    const before = { descriptors: descriptors(), pipes: descriptors("pipe"), bytes: process.memoryUsage().rss };
    await rounds(200);
    expect(under.records.length).toBe(12_000);
    expect(under.proxy.connections()).toEqual([]);
    await eventually(() => {
      expect(descriptors()).toBeLessThanOrEqual(before.descriptors + 4);
      expect(descriptors("pipe")).toBeLessThanOrEqual(before.pipes + 4);
    });
    // 10,000 records, in this test's own list, are some 10 MB; as many connections would be far more.
    expect(process.memoryUsage().rss - before.bytes).toBeLessThan(80 * MEGABYTE);
  }, 300_000);

  test("an end that comes while a direction is held back is passed on after all that came before", async () => {
    await using sink = await startSink({ reading: false });
    await using under = await startTestProxy(plainTo(sink.port));
    const client = await openTcp(under.port());
    client.socket.end(Buffer.alloc(24 * MEGABYTE));
    await eventually(() => expect(under.proxy.connections()[0]?.bytesToUpstream).toBeGreaterThan(MEGABYTE));
    sink.startReading();
    expect((await sink.nextTransfer()).bytes).toBe(24 * MEGABYTE);
    expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED" });
  });

  test("many at once share the time: a short exchange is not held up by bulk", async () => {
    await using sink = await startSink();
    await using echo = await startTcpEcho();
    await using under = await startTestProxy(
      tableOf(
        directListener(routeTo([endpointAt(sink.port)]), "bulk"),
        directListener(routeTo([endpointAt(echo.port)]), "short"),
      ),
    );
    const bulk = await openTcp(under.port("bulk"));
    let going = true;
    const stream = (async () => {
      const block = Buffer.alloc(4 * MEGABYTE);
      while (going) if (!bulk.socket.write(block)) await once(bulk.socket, "drain");
    })();
    for (let i = 0; i < 20; i++) expect(await (await openTcp(under.port("short"))).ask("hello")).toBe("hello");
    going = false;
    await stream;
    bulk.socket.destroy();
  });

  test("a client's socket and an endpoint's are probed when they are idle", async () => {
    await using echo = await startTcpEcho();
    const route = { ...routeTo([endpointAt(echo.port)]), keepalive: { idleSeconds: 60 } };
    await using under = await startTestProxy(tableOf(directListener(route)), { limits: { clientKeepaliveMs: 90_000 } });
    const client = await openTcp(under.port());
    client.socket.write("hello");
    await client.until("hello");
    const ofClient = { local: under.port(), remote: client.socket.localPort ?? 0 };
    await eventually(() => {
      expect(keepaliveSeconds(ofClient)).toBeGreaterThan(80);
      expect(keepaliveSeconds({ remote: echo.port })).toBeGreaterThan(50);
      expect(keepaliveSeconds({ remote: echo.port })).toBeLessThanOrEqual(60);
    });
    client.socket.destroy();
  });
});

test("connections that break off while they are held back end at once, and leave no descriptor behind", async () => {
  await using sink = await startSink({ reading: false });
  const before = descriptors();
  await using under = await startTestProxy(plainTo(sink.port), { engine: "splice" });
  const clients = await Promise.all(Array.from({ length: 20 }, () => openTcp(under.port())));
  for (const { socket } of clients) socket.write(Buffer.alloc(16 * MEGABYTE));
  await eventually(() => {
    const carried = under.proxy.connections().map(({ bytesToUpstream }) => bytesToUpstream);
    expect(Math.min(...carried)).toBeGreaterThan(MEGABYTE);
  });
  for (const { socket } of clients) socket.resetAndDestroy();
  for (const _ of clients) expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_RESET" });
  await under.proxy.close();
  // Until then it does not notice.
  sink.startReading();
  await eventually(() => expect(descriptors()).toBeLessThanOrEqual(before));
});

/** In how many seconds the kernel will probe a connection of this machine; 0 when it will not. */
function keepaliveSeconds(wanted: { readonly local?: number; readonly remote: number }): number {
  const port = (address = "") => Number.parseInt(address.slice(-4), 16);
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, local, remote, state, , timer] = line.trim().split(/\s+/);
    if (state !== "01" || port(remote) !== wanted.remote) continue;
    if (wanted.local !== undefined && port(local) !== wanted.local) continue;
    const [kind, left = "0"] = timer?.split(":") ?? [];
    if (kind === "02") return Number.parseInt(left, 16) / 100;
  }
  return 0;
}

test("what a client has seen of a refusal can be looked up at once", async () => {
  await using under = await startTestProxy(tableOf(sniListener({})), { engine: "splice" });
  for (let i = 1; i <= 20; i++) {
    const client = openTls(under.port(), { servername: `db-${i}` });
    await client.ended;
    expect(under.proxy.refusals()[0]).toMatchObject({ outcome: "NO_ROUTE", serverName: `db-${i}` });
  }
});

describe("the engine is chosen by what a listener's routes need", () => {
  const authorization = {
    destination: "db",
    intentions: [intentions("db", { web: "allow" })],
    defaultAction: "deny",
  } as const;
  const mtls = { kind: "mtls", leaf: "db", authorization } as const;

  test("one whose HTTP is to be seen is for the stream engine, beside those that take clients in or pass them through", async () => {
    const mesh = await TestMesh.create();
    await mesh.give("db");
    await using echo = await startTcpEcho();
    const passing = routeTo([endpointAt(echo.port)], { inbound: { kind: "passthrough" } });
    const taking = routeTo([endpointAt(echo.port)], { inbound: mtls });
    await using under = await startTestProxy(
      tableOf(
        sniListener({ [serverNameOf("db")]: taking }, "taking"),
        sniListener({ db: passing }, "passing"),
        sniListener({ [serverNameOf("db")]: { ...taking, protocol: "http" } }, "seen"),
      ),
      { engine: "splice", identities: mesh },
    );
    expect(under.proxy.boundEngine("seen")).toBe("stream");
    expect(under.proxy.boundEngine("taking")).toBe("splice");
    expect(under.proxy.boundEngine("passing")).toBe("splice");
    const leaf = await mesh.issue("web");
    const client = openTls(under.port("taking"), mesh.client(leaf, { servername: serverNameOf("db") }));
    expect(await client.ask("hello")).toBe("hello");
  });

  test("one that comes to need the other is bound anew, and its connections end like those of one that moved", async () => {
    await using echo = await startTcpEcho();
    const bytes = directListener(routeTo([endpointAt(echo.port)]));
    const requests = directListener(routeTo([endpointAt(echo.port)], { protocol: "http" }));
    await using under = await startTestProxy(tableOf(), { engine: "splice" });
    const port = await freePort();
    await under.proxy.swap(tableOf({ ...bytes, port }));
    const before = await openTcp(port);
    before.socket.write("hello");
    await before.until("hello");
    expect(await under.proxy.swap(tableOf({ ...requests, port }))).toMatchObject({
      opened: ["public"],
      kept: [],
      failed: [],
    });
    expect(under.proxy.boundEngine("public")).toBe("stream");
    await before.closed;
    expect(await under.nextRecord()).toMatchObject({ outcome: "ROUTE_GONE" });
    expect(await (await openTcp(port)).ask("again")).toBe("again");
  });

  test("the limit of connections and their numbers are those of both engines together", async () => {
    await using echo = await startTcpEcho();
    const seen = routeTo([endpointAt(echo.port)], { name: "seen", protocol: "http" });
    await using under = await startTestProxy(
      tableOf(directListener(routeTo([endpointAt(echo.port)]), "splice"), directListener(seen, "stream")),
      { engine: "splice", limits: { maxConnections: 2 } },
    );
    expect(under.proxy.boundEngine("stream")).toBe("stream");
    const streamed = await openTcp(under.port("stream"));
    await eventually(() => expect(under.proxy.connections().length).toBe(1));
    const spliced = await openTcp(under.port("splice"));
    await eventually(() => expect(under.proxy.connections().length).toBe(2));
    expect(new Set(under.proxy.connections().map(({ id }) => id)).size).toBe(2);
    for (const listener of ["splice", "stream"]) {
      await openTcp(under.port(listener)).then(
        (client) => client.closed,
        () => {},
      );
      expect(await under.nextRecord()).toMatchObject({ outcome: "TOO_MANY_CONNECTIONS", listener });
    }
    streamed.socket.destroy();
    spliced.socket.destroy();
  });
});
