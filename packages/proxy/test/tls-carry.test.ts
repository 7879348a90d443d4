import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { eventually, listen, pseudoRandom, startSink, startSource, startTcpEcho } from "@causeway/testkit";
import { beforeAll, expect, test } from "vitest";
import { type Client, openTls, serverNameOf, TestMesh } from "./mesh.fixture.ts";
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

function startTaking(port: number): Promise<ProxyUnderTest> {
  const authorization = { destination: "db", intentions: [], defaultAction: "allow" } as const;
  const inbound = { kind: "mtls", leaf: "db", authorization } as const;
  return startTestProxy(tableOf(directListener(routeTo([endpointAt(port)], { inbound }))), { identities: mesh });
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
  }, 60_000);
});
