import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { eventually } from "@causeway/testkit";
import { expect, test } from "vitest";
import { endpointAt, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";
import { ask, askHttp2, hostListener, serviceAt, startHttp1, startHttp2 } from "./requests.fixture.ts";

const host = "one.ingress.consul";

/** A proxy that leads requests for `host` to this port. */
function proxyTo(port: number, protocol: "http" | "http2" | "grpc" = "http") {
  return startTestProxy(tableOf(hostListener({ "one.ingress.*": serviceAt(port, protocol) }, protocol)));
}

test("leads a request on by its host, and says from whom it is", async () => {
  await using one = await startHttp1(({ headers, url }, response) => response.end(JSON.stringify({ headers, url })));
  await using under = await proxyTo(one.port);
  const port = under.port();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  const answer = await ask({ port, host: `${host}:9999`, path: "/a?b=c", headers: { traceparent } });
  const { headers, url } = JSON.parse(answer.text);
  expect({ status: answer.status, url }).toEqual({ status: 200, url: "/a?b=c" });
  expect(headers).toMatchObject({
    host: `${host}:9999`,
    traceparent,
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(await ask({ port, host: "three.example.com" })).toMatchObject({ status: 404, text: "" });
  const written = () => under.lines.filter(({ message }) => message.startsWith("request"));
  await eventually(() => expect(written()).toHaveLength(2));
  expect(written()).toMatchObject([
    {
      message: "request answered",
      fields: {
        status: 200,
        path: "/a",
        destination: "db",
        requestTraceId: "0af7651916cd43dd8448eb211c80319c",
      },
    },
    { message: "request not answered", fields: { status: 404, code: "NO_HOST" } },
  ]);
});

test("carries bodies both ways as they come, of a told length or not, with what comes after them", async () => {
  await using echo = await startHttp1(async (asked, response) => {
    response.writeHead(201, { Trailer: "x-sum", "x-length": asked.headers["content-length"] ?? "untold" });
    for await (const chunk of asked) response.write(chunk);
    response.addTrailers({ "x-sum": String(asked.trailers["x-sent"] ?? "none") });
    response.end();
  });
  await using under = await proxyTo(echo.port);
  const port = under.port();
  const body = "x".repeat(300_000);
  const told = await ask({ port, host, method: "PUT", body, headers: { "content-length": String(body.length) } });
  expect(told).toMatchObject({ status: 201, fields: { "x-length": "300000" }, trailersAfter: { "x-sum": "none" } });
  expect(told.text).toBe(body);

  const headers = { host, Trailer: "x-sent" };
  const asked = request({ host: "127.0.0.1", port, method: "DELETE", headers, agent: false });
  asked.useChunkedEncodingByDefault = true;
  asked.write("first ");
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  asked.addTrailers({ "x-sent": "7" });
  asked.end("last");
  expect(await text(response)).toBe("first last");
  expect(response).toMatchObject({ headers: { "x-length": "untold" }, trailers: { "x-sum": "7" } });
});

test("goes on by one connection for one client after the other request, and by another after the route has changed", async () => {
  const ports: (number | undefined)[] = [];
  const note = (name: string) => (asked: IncomingMessage, response: { end(text: string): void }) => {
    ports.push(asked.socket.remotePort);
    response.end(name);
  };
  await using one = await startHttp1(note("one"));
  await using two = await startHttp1(note("two"));
  await using under = await proxyTo(one.port);
  const listener = { port: under.port() };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = async () => {
    const asked = request({ host: "127.0.0.1", ...listener, headers: { host }, agent }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return text(response);
  };
  expect([await get(), await get()]).toEqual(["one", "one"]);
  expect(ports[0]).toBe(ports[1]);
  await under.proxy.swap(tableOf(hostListener({ "one.ingress.*": serviceAt(two.port) })));
  expect(await get()).toBe("two");
  agent.destroy();
});

test("says that there is nobody who could answer, or that who was asked broke off", async () => {
  await using rude = await startHttp1(({ socket }) => socket.destroy());
  const routes = {
    "rude.ingress.*": serviceAt(rude.port),
    "ill.ingress.*": routeTo([endpointAt(rude.port, { healthy: false })], { protocol: "http" }),
  };
  await using under = await startTestProxy(tableOf(hostListener(routes)));
  const port = under.port();
  expect(await ask({ port, host: "ill.ingress.consul" })).toMatchObject({ status: 503, text: "no healthy upstream" });
  expect(await ask({ port, host: "rude.ingress.consul", method: "POST", body: "x" })).toMatchObject({
    status: 503,
    text: expect.stringContaining("connection termination"),
  });
  await eventually(() =>
    expect(under.lines.filter(({ message }) => message === "request not answered")).toMatchObject([
      { fields: { code: "NO_HEALTHY_ENDPOINT" } },
      { fields: { code: "UPSTREAM_RESET", reason: expect.stringContaining("intentions may not let") } },
    ]),
  );
});

test("has a client see that an answer is not whole", async () => {
  await using half = await startHttp1((_, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("half", () => response.destroy());
  });
  await using under = await proxyTo(half.port);
  await expect(ask({ port: under.port(), host })).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

test("gRPC's calls go on by HTTP/2, with their trailers, and answers that are nothing but trailers", async () => {
  await using service = await startHttp2((server) =>
    server.on("stream", async (stream: ServerHttp2Stream, headers) => {
      if (headers[":path"] === "/nothing") {
        stream.respond({ ":status": 200, "grpc-status": "12" }, { endStream: true });
        return;
      }
      stream.respond({ ":status": 200, "x-te": String(headers["te"]) }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(await text(stream));
    }),
  );
  await using under = await proxyTo(service.port, "grpc");
  const asking = { port: under.port(), host, headers: { te: "trailers", "content-type": "application/grpc" } };
  expect(await askHttp2({ ...asking, body: "message" })).toMatchObject({
    status: 200,
    text: "message",
    trailers: { "grpc-status": "0" },
  });
  expect(await askHttp2({ ...asking, path: "/nothing" })).toMatchObject({
    fields: { "grpc-status": "12" },
    last: true,
  });
  expect(await askHttp2({ ...asking, host: "nobody.example.com" })).toMatchObject({ status: 404 });
});

test("whoever speaks HTTP/2 is led to services of HTTP/1.1 too, and the other way round", async () => {
  await using one = await startHttp1((_, response) => response.end("by HTTP/1.1"));
  await using two = await startHttp2((server) => server.on("stream", (stream) => stream.end("by HTTP/2")));
  await using toOne = await proxyTo(one.port);
  await using toTwo = await proxyTo(two.port, "http2");
  expect(await askHttp2({ port: toOne.port(), host, body: "x" })).toMatchObject({ status: 200, text: "by HTTP/1.1" });
  expect(await ask({ port: toTwo.port(), host })).toMatchObject({ status: 200, text: "by HTTP/2" });
});

test("an upgrade to WebSocket goes on, and then bytes are carried as they come", async () => {
  await using service = await startHttp1((_, response) => response.end("no upgrade"));
  service.server.on("upgrade", (asked, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${asked.headers.upgrade}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  await using under = await proxyTo(service.port);
  const socket = connect(under.port(), "127.0.0.1");
  let received = "";
  socket.on("data", (bytes) => {
    received += bytes;
  });
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly `);
  await eventually(() => expect(received).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nearly $/s));
  socket.write("late");
  await eventually(() => expect(received).toMatch(/early late$/));
  socket.end();
  await once(socket, "close");
  expect(await ask({ port: under.port(), host, headers: { connection: "upgrade", upgrade: "h2c" } })).toMatchObject({
    text: "no upgrade",
  });
});

test("asks clients to leave when it stops, once what they have asked for is answered", async () => {
  const asked = Promise.withResolvers<() => void>();
  await using slow = await startHttp1((_, response) => asked.resolve(() => response.end("whole")));
  await using under = await proxyTo(slow.port);
  const answer = ask({ port: under.port(), host, headers: { connection: "keep-alive" } });
  const finish = await asked.promise;
  const drained = under.proxy.drain(30_000);
  finish();
  expect(await answer).toMatchObject({ status: 200, text: "whole", fields: { connection: "close" } });
  expect(await drained).toEqual({ cutOff: 0 });
});
