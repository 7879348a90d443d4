import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { listen, pseudoRandom } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectToPour, pour } from "./pouring.ts";

/** Connects to a server that has each of its clients served so. */
async function connectTo(serve: (client: Socket) => void) {
  const server = await listen(createServer({ allowHalfOpen: true }, serve));
  const socket = connectToPour({ host: "127.0.0.1", port: server.port, allowHalfOpen: true });
  return { socket, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("what a slow sink has is not written over until it is done with it", async () => {
  const sent = Buffer.concat([...pseudoRandom(1024 * 1024)]);
  await using source = await connectTo((client) => client.end(sent));
  const received: Buffer[] = [];
  const sink = new Writable({
    write(bytes: Buffer, _encoding, done) {
      // By then more has arrived, as the source has sent all at once.
      void setImmediate().then(() => {
        received.push(Buffer.from(bytes));
        done();
      });
    },
  });
  pour(source.socket, sink);
  await once(sink, "finish");
  expect(Buffer.concat(received).equals(sent)).toBe(true);
  source.socket.destroy();
});

test("a sink that takes nothing more leaves the rest with whoever sends", async () => {
  await using source = await connectTo((client) => client.on("error", () => {}).end(Buffer.alloc(64 * 1024 * 1024)));
  const { socket } = source;
  const first = Promise.withResolvers<number>();
  const sink = new Writable({ write: (bytes: Buffer) => first.resolve(bytes.length) });
  pour(socket, sink);
  const taken = await first.promise;
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  expect(socket.bytesRead).toBe(taken);
  socket.destroy();
});

test("an end without any bytes is passed on, and the socket can still send", async () => {
  const heard = Promise.withResolvers<string>();
  await using source = await connectTo((client) => {
    client.end();
    client.once("data", (bytes) => heard.resolve(bytes.toString()));
  });
  const sink = new Writable();
  pour(source.socket, sink);
  await once(sink, "finish");
  source.socket.end("late");
  expect(await heard.promise).toBe("late");
});

test("nothing is read before it is poured", async () => {
  const sent = Promise.withResolvers<void>();
  await using source = await connectTo((client) => client.end("early", () => sent.resolve()));
  await sent.promise;
  const chunks: string[] = [];
  const sink = new Writable({
    write(bytes: Buffer, _encoding, done) {
      chunks.push(bytes.toString());
      done();
    },
  });
  expect(source.socket.bytesRead).toBe(0);
  pour(source.socket, sink);
  await once(sink, "finish");
  expect(chunks.join("")).toBe("early");
  source.socket.destroy();
});
