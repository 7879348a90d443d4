import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2Server,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer } from "node:net";
import { type ListeningServer, listen, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { intentions, openTcp, openTls, serverNameOf, TestMesh } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  type RouteOptions,
  routeTo,
  sniListener,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const LINK = { traceId: TRACE_ID, spanId: "00f067aa0ba902b7" };
const TRACEPARENT = `00-${LINK.traceId}-${LINK.spanId}-01`;
const REQUEST = `POST /orders?key=secret HTTP/1.1\r\nHost: api\r\nTraceparent: ${TRACEPARENT}\r\nContent-Length: 2\r\n\r\nhi`;

let api: ListeningServer;
let echo: ListeningServer;

beforeAll(async () => {
  api = await listen(
    createHttpServer((request, response) => void request.resume().on("end", () => response.end("done"))),
  );
  echo = await startTcpEcho();
});
afterAll(() => Promise.all([api.stop(), echo.stop()]));

const tableTo = (port: number, options: RouteOptions = {}) =>
  tableOf(directListener(routeTo([endpointAt(port)], { name: "api", protocol: "http", ...options })));

/** What was written down of requests. */
const requestsOf = ({ lines }: ProxyUnderTest) =>
  lines.filter(({ message }) => message.startsWith("request ")).map(({ message, fields }) => ({ message, ...fields }));

onEachEngine((engine) => {
  describe("of a service that speaks HTTP", () => {
    test("each request is written down, and what it belongs to is linked with the connection", async () => {
      await using under = await startTestProxy(tableTo(api.port));
      const client = await openTcp(under.port());
      client.socket.write(REQUEST);
      await client.until("done");
      client.socket.write("GET /health HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n");
      await client.ended;
      client.socket.end();
      expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", links: [LINK] });
      const of = {
        message: "request answered",
        connection: expect.any(Number),
        listener: "public",
        destination: "api",
      };
      const seconds = expect.any(Number);
      expect(requestsOf(under)).toMatchObject([
        {
          ...of,
          method: "POST",
          path: "/orders",
          host: "api",
          status: 200,
          requestBytes: 2,
          responseBytes: 4,
          requestTraceId: TRACE_ID,
          endpoint: `127.0.0.1:${api.port}`,
          seconds,
        },
        { ...of, method: "GET", path: "/health", status: 200, requestTraceId: undefined, seconds },
      ]);
    });

    test("so too where it comes by mutual TLS, with who calls", async () => {
      const mesh = await TestMesh.create();
      await mesh.give("api");
      const authorization = {
        destination: "api",
        intentions: [intentions("api", { web: "allow" })],
        defaultAction: "deny",
      } as const;
      const table = tableTo(api.port, { inbound: { kind: "mtls", leaf: "api", authorization } });
      await using under = await startTestProxy(table, { identities: mesh });
      const leaf = await mesh.issue("web");
      const client = openTls(under.port(), mesh.client(leaf, { servername: serverNameOf("api") }));
      client.socket.write(REQUEST);
      await client.until("done");
      client.socket.end();
      const record = await under.nextRecord();
      expect(record).toMatchObject({ source: "web", links: [LINK] });
      expect(requestsOf(under)).toMatchObject([{ source: "web", status: 200, traceId: record.traceId }]);
    });

    test("a request whose answer never comes is written down as that", async () => {
      await using silent = await listen(createServer((socket) => socket.once("data", () => socket.end())));
      await using under = await startTestProxy(tableTo(silent.port));
      const client = await openTcp(under.port());
      client.socket.write(REQUEST);
      await client.ended;
      client.socket.end();
      await under.nextRecord();
      expect(requestsOf(under)).toMatchObject([
        { message: "request not answered", path: "/orders", status: undefined },
      ]);
    });

    test("each request of gRPC is written down too, and linked, however late it comes", async () => {
      await using grpc = await listen(createHttp2Server().on("stream", answerByGrpc));
      await using under = await startTestProxy(tableTo(grpc.port, { protocol: "grpc" }));
      const session = connectHttp2(`http://127.0.0.1:${under.port()}`);
      expect(await ask(session, TRACEPARENT)).toBe("done");
      for (let each = 0; each < 20; each++) await ask(session, TRACEPARENT, "x".repeat(1_000));
      const last = { ...LINK, spanId: "1".repeat(16) };
      await ask(session, `00-${last.traceId}-${last.spanId}-01`);
      session.close();
      await once(session, "close");
      const record = await under.nextRecord();
      expect(record).toMatchObject({ outcome: "CARRIED", links: [LINK, last] });
      const told = requestsOf(under);
      expect(told).toHaveLength(22);
      for (const each of [told.at(0), told.at(-1)]) {
        expect(each).toMatchObject({
          message: "request answered",
          connection: record.id,
          traceId: record.traceId,
          listener: "public",
          destination: "api",
          endpoint: `127.0.0.1:${grpc.port}`,
          method: "POST",
          path: "/api.Orders/List",
          host: `127.0.0.1:${under.port()}`,
          status: 200,
          grpcStatus: 5,
          requestBytes: 2,
          responseBytes: 4,
          requestTraceId: TRACE_ID,
          seconds: expect.any(Number),
        });
      }
    });

    test("a server that speaks first is followed where it speaks HTTP/2", async () => {
      const settings = Buffer.from("000000040000000000", "hex");
      const answer = Buffer.from("00000101050000000188", "hex");
      await using early = await listen(
        createServer({ allowHalfOpen: true }, (socket) => {
          socket.write(settings);
          socket.resume().on("end", () => socket.end(answer));
        }),
      );
      await using under = await startTestProxy(tableTo(early.port, { protocol: "http2" }));
      const client = await openTcp(under.port());
      await client.until(settings.toString("latin1"));
      const request = Buffer.from("000003010500000001828486", "hex");
      client.socket.end(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings, request]));
      await client.ended;
      await under.nextRecord();
      expect(requestsOf(under)).toMatchObject([{ message: "request answered", method: "GET", path: "/", status: 200 }]);
    });

    test("nobody looks at it where that is not wanted, and it is for the engine that all else is for", async () => {
      await using under = await startTestProxy(tableTo(api.port), { watchHttp: false });
      expect(under.proxy.boundEngine("public")).toBe(engine);
      const client = await openTcp(under.port());
      client.socket.write(REQUEST);
      await client.until("done");
      client.socket.end();
      expect((await under.nextRecord()).links).toBeUndefined();
      expect(requestsOf(under)).toEqual([]);
    });

    test("what is no HTTP is carried all the same, and told once to whoever looks for it", async () => {
      await using under = await startTestProxy(tableTo(echo.port));
      const client = await openTcp(under.port());
      client.socket.write("P");
      await client.until("P");
      client.socket.write("ING\r\n\r\n");
      await client.until("\r\n\r\n");
      expect(await client.ask("PRI")).toBe("PING\r\n\r\nPRI");
      expect(await under.nextRecord()).not.toHaveProperty("links");
      const lost = under.lines.filter(({ message }) => message === "requests cannot be followed");
      expect(lost).toMatchObject([{ level: "debug", fields: { reason: "what the client sends is no request" } }]);
    });

    test("a server that says much before it is asked anything is carried all the same, and told once", async () => {
      const greeting = "220 mail\r\n".repeat(1_000);
      await using mail = await listen(createServer((socket) => socket.resume().write(greeting)));
      await using under = await startTestProxy(tableTo(mail.port));
      const client = await openTcp(under.port());
      await client.until(greeting);
      client.socket.end("QUIT\r\n");
      await client.ended;
      await under.nextRecord();
      const lost = under.lines.filter(({ message }) => message === "requests cannot be followed");
      expect(lost).toMatchObject([{ level: "debug", fields: { reason: "the far side speaks first" } }]);
    });

    test("what begins as HTTP/2 and is none is carried all the same, and told once", async () => {
      await using under = await startTestProxy(tableTo(echo.port));
      const client = await openTcp(under.port());
      const nonsense = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"x".repeat(50_000)}`;
      expect(await client.ask(nonsense)).toBe(nonsense);
      expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToClient: nonsense.length });
      const lost = under.lines.filter(({ message }) => message === "requests cannot be followed");
      expect(lost).toMatchObject([{ level: "debug", fields: { reason: "what is sent does not begin as HTTP/2" } }]);
    });
  });
});

describe("a listener", () => {
  test("is for Node where its HTTP is to be seen, and for Linux as soon as it is not", async () => {
    const bytes = tableOf(directListener(routeTo([endpointAt(echo.port)], { name: "api" })));
    await using under = await startTestProxy(tableTo(echo.port), { engine: "splice" });
    expect(under.proxy.boundEngine("public")).toBe("stream");
    await under.proxy.swap(bytes);
    expect(under.proxy.boundEngine("public")).toBe("splice");
    const passedOn = { protocol: "http", inbound: { kind: "passthrough" } } as const;
    await under.proxy.swap(tableTo(echo.port, passedOn));
    expect(under.proxy.boundEngine("public")).toBe("splice");
  });

  test("that services share stays where it is bound, so that one that comes to speak HTTP cuts off no other", async () => {
    const mesh = await TestMesh.create();
    const taken = async (service: string, options: RouteOptions = {}) => {
      await mesh.give(service);
      const authorization = { destination: service, intentions: [], defaultAction: "allow" } as const;
      const inbound = { kind: "mtls", leaf: service, authorization } as const;
      return { [serverNameOf(service)]: routeTo([endpointAt(echo.port)], { name: service, inbound, ...options }) };
    };
    const db = await taken("db");
    const both = tableOf(sniListener({ ...db, ...(await taken("api", { protocol: "http" })) }));
    await using under = await startTestProxy(tableOf(sniListener(db)), { engine: "splice", identities: mesh });
    const leaf = await mesh.issue("web");
    const client = openTls(under.port(), mesh.client(leaf, { servername: serverNameOf("db") }));
    client.socket.write("before");
    await client.until("before");
    await under.proxy.swap(both);
    expect(under.proxy.boundEngine("public")).toBe("splice");
    expect(await client.ask(", after")).toBe("before, after");
    const api = openTls(under.port(), mesh.client(leaf, { servername: serverNameOf("api") }));
    expect(await api.ask("hello")).toBe("hello");
    await using next = await startTestProxy(both, { engine: "splice", identities: mesh });
    expect(next.proxy.boundEngine("public")).toBe("stream");
  });
});

/** Answers a call of gRPC that asks for what there is not. */
function answerByGrpc(stream: ServerHttp2Stream): void {
  stream.resume().on("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "5" }));
    stream.end("done");
  });
}

/** Asks by HTTP/2; gives the answer. */
async function ask(session: ClientHttp2Session, traceparent: string, note = ""): Promise<string> {
  const request = session.request({ ":method": "POST", ":path": "/api.Orders/List", traceparent, note });
  request.end("hi");
  let answer = "";
  for await (const chunk of request.setEncoding("utf8")) answer += chunk;
  return answer;
}
