import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  eventually,
  listen,
  pseudoRandom,
  receive,
  startHalfCloseServer,
  startSink,
  startSource,
  startTcpEcho,
} from "@causeway/testkit";
import { expect, test } from "vitest";
import { openTcp } from "./mesh.fixture.ts";
import { directListener, endpointAt, onEachEngine, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

const MEGABYTE = 1024 * 1024;

function plainTo(port: number) {
  return tableOf(directListener(routeTo([endpointAt(port)])));
}

onEachEngine(() => {
  test("a service that speaks first is heard", async () => {
    await using echo = await startTcpEcho({ greeting: "hello" });
    await using under = await startTestProxy(plainTo(echo.port));
    const client = await openTcp(under.port());
    await client.until("hello");
    expect(await client.ask(" world")).toBe("hello world");
    expect(await under.nextRecord()).toMatchObject({
      listener: "public",
      destination: "db",
      outcome: "CARRIED",
      endpoint: `127.0.0.1:${echo.port}`,
      bytesToUpstream: 6,
      bytesToClient: 11,
    });
  });

  test("a client that ends its sending side still gets the answer", async () => {
    await using server = await startHalfCloseServer();
    await using under = await startTestProxy(plainTo(server.port));
    const client = await openTcp(under.port());
    expect(JSON.parse(await client.ask("request"))).toMatchObject({ bytes: 7 });
  });

  test("a service that ends its sending side can still be sent to", async () => {
    const received = Promise.withResolvers<number>();
    await using server = await listen(
      createServer({ allowHalfOpen: true }, async (socket) => {
        socket.end("done");
        received.resolve((await receive(socket)).bytes);
      }),
    );
    await using under = await startTestProxy(plainTo(server.port));
    const client = await openTcp(under.port());
    await client.ended;
    expect(client.text).toBe("done");
    client.socket.end("late");
    expect(await received.promise).toBe(4);
  });

  test("64 MB arrive whole in each direction", async () => {
    const bytes = 64 * MEGABYTE;
    await using sink = await startSink();
    await using source = await startSource(bytes);
    await using under = await startTestProxy(
      tableOf(
        directListener(routeTo([endpointAt(sink.port)]), "up"),
        directListener(routeTo([endpointAt(source.port)]), "down"),
      ),
    );
    const expected = source.transfer.sha256;
    const up = await openTcp(under.port("up"));
    await pipeline(Readable.from(pseudoRandom(bytes)), up.socket);
    expect(await sink.nextTransfer()).toEqual({ bytes, sha256: expected });

    const down = await openTcp(under.port("down"));
    down.socket.end();
    await down.closed;
    const hash = createHash("sha256");
    for (const chunk of down.received) hash.update(chunk);
    expect(hash.digest("hex")).toBe(expected);
  });

  test("a slow reader holds the sender back instead of filling the memory", async () => {
    await using sink = await startSink({ reading: false });
    await using under = await startTestProxy(plainTo(sink.port));
    const client = await openTcp(under.port());
    client.socket.end(Buffer.alloc(64 * MEGABYTE));

    // What the proxy holds itself counts too, so this stands still only when it has stopped reading.
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
    expect(taken).toBeLessThan(24 * MEGABYTE);

    sink.startReading();
    expect((await sink.nextTransfer()).bytes).toBe(64 * MEGABYTE);
  });

  test("a client's reset reaches the service as a reset", async () => {
    const failed = Promise.withResolvers<NodeJS.ErrnoException>();
    const accepted = Promise.withResolvers<Socket>();
    await using server = await listen(
      createServer((socket) => {
        socket.on("error", failed.resolve);
        socket.resume();
        accepted.resolve(socket);
      }),
    );
    await using under = await startTestProxy(plainTo(server.port));
    const client = await openTcp(under.port());
    client.socket.write("x");
    await once(await accepted.promise, "data");
    client.socket.resetAndDestroy();
    expect((await failed.promise).code).toBe("ECONNRESET");
    expect(await under.nextRecord()).toMatchObject({
      outcome: "CLIENT_RESET",
      reason: expect.stringContaining("ECONNRESET"),
      blame: "client",
    });
  });

  test("a service's reset reaches the client as a reset", async () => {
    await using server = await listen(createServer((socket) => socket.once("data", () => socket.resetAndDestroy())));
    await using under = await startTestProxy(plainTo(server.port));
    const client = await openTcp(under.port());
    client.socket.write("x");
    await client.closed;
    expect(client.error?.code).toBe("ECONNRESET");
    expect(await under.nextRecord()).toMatchObject({ outcome: "UPSTREAM_RESET", blame: "upstream" });
    expect(under.proxy.refusals()).toEqual([]);
  });

  test("connections that break off in every phase leave no socket behind, and the proxy serves on", async () => {
    await using echo = await startTcpEcho();
    await using under = await startTestProxy(plainTo(echo.port));
    const clients = await Promise.all(Array.from({ length: 100 }, () => openTcp(under.port())));
    for (const [i, client] of clients.entries()) {
      if (i % 4 === 1) client.socket.write("x");
      if (i % 4 === 2) client.socket.end("x");
      if (i % 4 === 3) client.socket.destroy();
      else client.socket.resetAndDestroy();
    }
    await eventually(() => expect(under.records.length).toBe(100));
    await eventually(() => expect(echo.openConnections()).toBe(0));
    await eventually(() => expect(under.proxy.connections()).toEqual([]));
    expect(await (await openTcp(under.port())).ask("still here")).toBe("still here");
  });
});
