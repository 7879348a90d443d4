import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { startTcpEcho } from "./tcp-echo.ts";
import { pseudoRandom, receive, startHalfCloseServer, startSink, startSource } from "./transfer.ts";

function dial({ host, port }: { readonly host: string; readonly port: number }): Socket {
  return connect({ host, port, allowHalfOpen: true });
}

test("an echo service says who it is, sends back what it gets, and ends after its client", async () => {
  await using echo = await startTcpEcho({ greeting: "instance 2\n" });
  const client = dial(echo);
  client.end("hello");
  expect(await text(client)).toBe("instance 2\nhello");
});

test("a service listens on IPv6 when told", async () => {
  await using echo = await startTcpEcho({ host: "::1" });
  const client = dial(echo);
  client.end("six");
  expect(await text(client)).toBe("six");
});

test("connections are counted, and cut when the service stops", async () => {
  const echo = await startTcpEcho();
  const client = dial(echo);
  client.write("hello");
  await once(client, "data");
  expect({ accepted: echo.acceptedConnections(), open: echo.openConnections() }).toEqual({ accepted: 1, open: 1 });
  await Promise.all([echo.stop(), once(client, "end")]);
  expect({ accepted: echo.acceptedConnections(), open: echo.openConnections() }).toEqual({ accepted: 1, open: 0 });
  await expect(once(dial(echo), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  client.destroy();
  await echo.stop();
});

test("a half-close server answers only after its client's FIN", async () => {
  await using server = await startHalfCloseServer();
  const client = dial(server);
  await new Promise((resolve) => client.write("first", resolve));
  await eventually(() => expect(server.openConnections()).toBe(1));
  expect(client.bytesRead).toBe(0);
  client.end(" second");
  expect(JSON.parse(await text(client))).toEqual(await receive(Readable.from([Buffer.from("first second")])));
});

test("a source's bytes arrive as it says", async () => {
  const bytes = 3_000_001;
  await using source = await startSource(bytes);
  expect(source.transfer.bytes).toBe(bytes);
  expect(await receive(dial(source))).toEqual(source.transfer);
});

test("a sink knows what each connection brought", async () => {
  await using sink = await startSink();
  for (const bytes of [0, 70_000]) {
    const sent = await receive(Readable.from(pseudoRandom(bytes)));
    await pipeline(Readable.from(pseudoRandom(bytes)), dial(sink));
    expect(await sink.nextTransfer()).toEqual(sent);
  }
});

test("a sink that does not read holds its client back until it does", async () => {
  await using sink = await startSink({ reading: false });
  const client = dial(sink);
  const bytes = 50_000_000;
  const sent = pipeline(Readable.from(pseudoRandom(bytes)), client);
  await once(client, "connect");
  await eventually(() => expect(client.writableNeedDrain).toBe(true));
  expect(client.bytesWritten).toBeLessThan(bytes);
  sink.startReading();
  await sent;
  expect((await sink.nextTransfer()).bytes).toBe(bytes);
});
