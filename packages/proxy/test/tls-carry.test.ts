import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { eventually, listen, pseudoRandom, startSink, startSource, startTcpEcho } from "@causeway/testkit";
import { beforeAll, expect, test } from "vitest";
import type { Limits } from "../src/options.ts";
import { type Client, openTcp, openTls, serverNameOf, TestMesh } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

const MEGABYTE = 1024 * 1024;

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await TestMesh.create();
  await mesh.give("db");
});

function startTaking(port: number, limits: Partial<Limits> = {}): Promise<ProxyUnderTest> {
  const authorization = { destination: "db", intentions: [], defaultAction: "allow" } as const;
  const inbound = { kind: "mtls", leaf: "db", authorization } as const;
  return startTestProxy(tableOf(directListener(routeTo([endpointAt(port)], { inbound }))), {
    identities: mesh,
    limits,
  });
}

async function open(under: ProxyUnderTest): Promise<Client<TLSSocket>> {
  return openTls(under.port(), mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") }));
}

onEachEngine((engine) => {
  test("64 MB arrive whole in each direction", async () => {
    const bytes = 64 * MEGABYTE;
    await using sink = await startSink();
    await using source = await startSource(bytes);
    await using taking = await startTaking(sink.port);
    expect(taking.proxy.boundEngine("public")).toBe(engine);
    const up = await open(taking);
    await pipeline(Readable.from(pseudoRandom(bytes)), up.socket);
    expect(await sink.nextTransfer()).toEqual(source.transfer);
    expect(await taking.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: bytes });

    await using giving = await startTaking(source.port);
    const down = await open(giving);
    down.socket.end("go");
    await down.closed;
    const hash = createHash("sha256");
    for (const chunk of down.received) hash.update(chunk);
    expect(hash.digest("hex")).toBe(source.transfer.sha256);
    expect(await giving.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToClient: bytes });
  }, 120_000);

  test("1 GB arrives whole", async () => {
    await using sink = await startSink();
    await using under = await startTaking(sink.port);
    const client = await open(under);
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

  test("a client that does not read holds the service back instead of filling the memory, and gets all of it later", async () => {
    const bytes = 64 * MEGABYTE;
    await using source = await startSource(bytes);
    await using under = await startTaking(source.port);
    const client = await open(under);
    client.socket.write("go");
    client.socket.pause();
    let given = -1;
    await eventually(
      () => {
        const before = given;
        given = under.proxy.connections()[0]?.bytesToClient ?? 0;
        expect(given).toBe(before);
        expect(given).toBeGreaterThan(0);
      },
      { intervalMs: 200 },
    );
    expect(given).toBeLessThan(24 * MEGABYTE);
    client.socket.resume();
    client.socket.end();
    await client.closed;
    expect(client.received.reduce((sum, { length }) => sum + length, 0)).toBe(bytes);
  }, 120_000);

  test("a service that ends its sending side can still be sent to", async () => {
    const received = Promise.withResolvers<string>();
    await using server = await listen(
      createServer({ allowHalfOpen: true }, async (socket) => {
        socket.end("done");
        let text = "";
        for await (const chunk of socket) text += chunk;
        received.resolve(text);
      }),
    );
    await using under = await startTaking(server.port);
    const client = await open(under);
    client.socket.allowHalfOpen = true;
    await client.ended;
    expect(client.text).toBe("done");
    client.socket.end("late");
    expect(await received.promise).toBe("late");
  });

  test("a service's reset reaches the client as a reset", async () => {
    const accepted: Socket[] = [];
    await using server = await listen(
      createServer((socket) => {
        accepted.push(socket.on("error", () => {}).resume());
        socket.write("hello");
      }),
    );
    await using under = await startTaking(server.port);
    const first = await open(under);
    await first.until("hello");
    accepted[0]?.resetAndDestroy();
    await first.closed;
    expect(first.error?.code).toBe("ECONNRESET");
    expect(await under.nextRecord()).toMatchObject({ outcome: "UPSTREAM_RESET", blame: "upstream" });
  });

  test("a client's reset reaches the service as a reset", async () => {
    const failed = Promise.withResolvers<NodeJS.ErrnoException>();
    await using server = await listen(createServer((socket) => socket.on("error", failed.resolve).pipe(socket)));
    await using under = await startTaking(server.port);
    const carrier = await openTcp(under.port());
    const options = mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") });
    const secure = connectTls({ socket: carrier.socket, ...options });
    secure.on("error", () => {}).write("hello");
    await once(secure, "data");
    carrier.socket.resetAndDestroy();
    expect((await failed.promise).code).toBe("ECONNRESET");
    expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_RESET", blame: "client" });
  });

  test("those beyond the limit of connections are turned away, and others let in when one has ended", async () => {
    await using echo = await startTcpEcho();
    await using under = await startTaking(echo.port, { maxConnections: 1 });
    const first = await open(under);
    first.socket.write("hello");
    await first.until("hello");
    await (await open(under)).closed;
    expect(await under.nextRecord()).toMatchObject({ outcome: "TOO_MANY_CONNECTIONS", blame: "gateway" });
    expect(await first.ask(" world")).toBe("hello world");
    await under.nextRecord();
    expect(await (await open(under)).ask("again")).toBe("again");
  });

  for (const { what, deadlineMs, cutOff } of [
    { what: "waits for what ends", deadlineMs: 60_000, cutOff: 0 },
    { what: "cuts off what does not end", deadlineMs: 1, cutOff: 1 },
  ]) {
    test(`a drain ${what}`, async () => {
      await using echo = await startTcpEcho();
      await using under = await startTaking(echo.port);
      const client = await open(under);
      client.socket.write("hello");
      await client.until("hello");
      const drained = under.proxy.drain(deadlineMs);
      if (cutOff === 0) expect(await client.ask(" world")).toBe("hello world");
      expect(await drained).toEqual({ cutOff });
      await client.closed;
      expect(under.records).toMatchObject([{ outcome: cutOff === 0 ? "CARRIED" : "DRAINED" }]);
    });
  }

  for (const { what, bytes } of [
    { what: "plain HTTP", bytes: Buffer.from("GET / HTTP/1.1\r\nHost: db\r\n\r\n") },
    { what: "garbage", bytes: Buffer.from("\x00garbage that is no record of TLS") },
    { what: "a record of TLS that holds no hello", bytes: Buffer.from("160301000400ffffff", "hex") },
  ]) {
    test(`${what} in a hello's place is turned away, and harms nobody`, async () => {
      await using echo = await startTcpEcho();
      await using under = await startTaking(echo.port);
      const hostile = await openTcp(under.port());
      hostile.socket.write(bytes);
      await hostile.ended;
      expect(await under.nextRecord()).toMatchObject({ blame: "client", bytesToUpstream: 0 });
      expect(await (await open(under)).ask("hello")).toBe("hello");
    });
  }

  test("2,000 connections leave no descriptor, no session and no memory behind", async () => {
    await using echo = await startTcpEcho();
    await using under = await startTaking(echo.port);
    const options = mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") });
    async function rounds(count: number): Promise<void> {
      for (let round = 0; round < count; round++) {
        const clients = Array.from({ length: 25 }, () => openTls(under.port(), options));
        expect(new Set(await Promise.all(clients.map((client) => client.ask("hello"))))).toEqual(new Set(["hello"]));
        for (const _ of clients) await under.nextRecord();
      }
    }
    await rounds(24);
    const before = { descriptors: readdirSync("/proc/self/fd").length, bytes: process.memoryUsage().rss };
    await rounds(80);
    expect(under.proxy.connections()).toEqual([]);
    await eventually(() => expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before.descriptors + 4));
    // A session of OpenSSL with its buffers is some 60 kB.
    expect(process.memoryUsage().rss - before.bytes).toBeLessThan(60 * MEGABYTE);
  }, 300_000);

  test("connections that end in every phase leave no descriptor behind", async () => {
    await using echo = await startTcpEcho();
    await using under = await startTaking(echo.port);
    const options = mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") });
    const round = async () => {
      const clients = Array.from({ length: 24 }, () => openTls(under.port(), options));
      await Promise.all(
        clients.map(async (client, i) => {
          if (i % 4 === 0) client.socket.destroy();
          if (i % 4 === 1) await client.ask("hello");
          if (i % 4 === 2) {
            client.socket.write("hello");
            await client.until("hello");
            client.socket.destroy();
          }
          if (i % 4 === 3) {
            await once(client.socket, "secureConnect");
            client.socket.destroy();
          }
          await client.closed;
        }),
      );
    };
    await round();
    await eventually(() => expect(under.proxy.connections()).toEqual([]));
    const before = readdirSync("/proc/self/fd").length;
    for (let i = 0; i < 5; i++) await round();
    await eventually(() => expect(under.proxy.connections()).toEqual([]));
    await eventually(() => expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before + 4));
  });
});
