import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { closeWhenUnread } from "./slow-client.ts";

/** More than the buffers of two sockets hold. */
const LARGE = "x".repeat(50_000_000);

test("a client that asks and does not read is disconnected, and its answer let go", async () => {
  const closed = Promise.withResolvers<boolean>();
  const server = createServer((_request, response) => {
    closeWhenUnread(response, 50);
    response.end(LARGE);
    response.once("close", () => closed.resolve(response.writableFinished));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(await closed.promise).toBe(false);
  socket.destroy();
  server.close();
});

test("a client that reads gets all of a large answer", async () => {
  const server = createServer((_request, response) => {
    closeWhenUnread(response, 60_000);
    response.end(LARGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect((await response.text()).length).toBe(LARGE.length);
  server.close();
});
