import { once } from "node:events";
import { createServer } from "node:tls";
import {
  captureClientHello,
  createTestCa,
  issueCertificate,
  type KeyedCertificate,
  type ListeningServer,
  listen,
} from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTcp, openTls } from "./mesh.fixture.ts";
import { endpointAt, onEachEngine, routeTo, sniListener, startTestProxy, tableOf } from "./proxy.fixture.ts";

const NAME = "db.default.dc1.internal.example.consul";
const UNRECOGNIZED_NAME = Buffer.of(21, 3, 3, 0, 2, 2, 112);

let ca: KeyedCertificate;
let backend: ListeningServer;

beforeAll(async () => {
  ca = await createTestCa();
  const certificate = await issueCertificate({ ca, commonName: "db", dnsNames: [NAME] });
  backend = await listen(createServer({ ...certificate, allowHalfOpen: true }, (socket) => socket.pipe(socket)));
});
afterAll(() => backend.stop());

function passthrough() {
  return tableOf(sniListener({ [NAME]: routeTo([endpointAt(backend.port)], { inbound: { kind: "passthrough" } }) }));
}

onEachEngine(() => {
  test("TLS passes through untouched to the service that the server name asks for", async () => {
    await using under = await startTestProxy(passthrough());
    const client = openTls(under.port(), { ca: ca.cert, servername: NAME });
    expect(await client.ask("hello")).toBe("hello");
    expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", serverName: NAME, destination: "db" });
  });

  test("the server name's case does not matter", async () => {
    await using under = await startTestProxy(passthrough());
    const client = openTls(under.port(), { ca: ca.cert, servername: NAME.toUpperCase() });
    expect(await client.ask("hello")).toBe("hello");
  });

  test("a hello that arrives byte by byte is understood", async () => {
    await using under = await startTestProxy(passthrough());
    const hello = await captureClientHello(NAME);
    const client = await openTcp(under.port());
    client.socket.setNoDelay(true);
    for (const byte of hello) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The backend's ServerHello: it has got every byte.
    await once(client.socket, "data");
    expect(client.received[0]?.subarray(0, 2)).toEqual(Buffer.of(22, 3));
    expect(under.proxy.connections()[0]?.bytesToUpstream).toBe(hello.length);
    client.socket.destroy();
  });

  test("a hello over 16 KB is understood", async () => {
    await using under = await startTestProxy(passthrough());
    const ALPNProtocols = Array.from({ length: 400 }, (_, i) => `protocol-${i}-${"x".repeat(60)}`);
    const client = openTls(under.port(), { ca: ca.cert, servername: NAME, ALPNProtocols });
    expect(await client.ask("hello")).toBe("hello");
  });

  test("an unknown server name gets the alert, and is remembered with its reason", async () => {
    await using under = await startTestProxy(passthrough());
    const client = openTls(under.port(), { ca: ca.cert, servername: "nobody.example" });
    await client.ended;
    expect(client.error?.code).toMatch(/UNRECOGNIZED_NAME/);
    const record = await under.nextRecord();
    expect(record).toMatchObject({ outcome: "NO_ROUTE", serverName: "nobody.example", blame: "client" });
    expect(under.proxy.refusals()).toEqual([record]);
    expect(under.lines).toContainEqual({ level: "warn", message: "connection refused", fields: record });
  });

  test("no server name gets the alert", async () => {
    await using under = await startTestProxy(passthrough());
    const client = openTls(under.port(), { ca: ca.cert });
    await client.ended;
    expect(client.error?.code).toMatch(/UNRECOGNIZED_NAME/);
    expect(await under.nextRecord()).toMatchObject({ outcome: "NO_SNI" });
  });

  test("the alert reaches a client that has sent more than its hello", async () => {
    await using under = await startTestProxy(passthrough());
    const client = await openTcp(under.port());
    client.socket.write(Buffer.concat([await captureClientHello("nobody.example"), Buffer.alloc(100_000)]));
    await client.ended;
    expect(Buffer.concat(client.received)).toEqual(UNRECOGNIZED_NAME);
    client.socket.destroy();
  });

  test("plain HTTP on the TLS port is turned away by its name", async () => {
    await using under = await startTestProxy(passthrough());
    const client = await openTcp(under.port());
    client.socket.write("GET / HTTP/1.1\r\nHost: db\r\n\r\n");
    await client.ended;
    expect(await under.nextRecord()).toMatchObject({
      outcome: "NOT_TLS",
      reason: "the client does not speak TLS: plain HTTP",
    });
  });

  test("garbage is turned away at its first byte", async () => {
    await using under = await startTestProxy(passthrough());
    const client = await openTcp(under.port());
    client.socket.write(Buffer.of(0));
    await client.ended;
    expect(await under.nextRecord()).toMatchObject({ outcome: "NOT_TLS" });
  });

  test("a hello that is too large gets an alert as soon as that is known", async () => {
    await using under = await startTestProxy(passthrough());
    const client = await openTcp(under.port());
    client.socket.write(Buffer.of(22, 3, 1, 0x40, 0, 1, 1, 0, 0));
    await client.ended;
    expect(Buffer.concat(client.received)).toEqual(Buffer.of(21, 3, 3, 0, 2, 2, 50));
    client.socket.destroy();
    expect(await under.nextRecord()).toMatchObject({ outcome: "HELLO_TOO_LARGE" });
  });

  test("a client that never finishes its hello is cut off", async () => {
    await using under = await startTestProxy(passthrough(), { limits: { helloTimeoutMs: 50 } });
    const client = await openTcp(under.port());
    client.socket.write(Buffer.of(22, 3, 1, 1, 0));
    await client.ended;
    expect(await under.nextRecord()).toMatchObject({ outcome: "HELLO_TIMEOUT" });
  });

  test("a health check that only connects is neither logged as a refusal nor remembered as one", async () => {
    await using under = await startTestProxy(passthrough());
    const client = await openTcp(under.port());
    client.socket.end();
    await client.ended;
    expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_CLOSED" });
    expect(under.proxy.refusals()).toEqual([]);
    expect(under.lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test("a client that resets in the middle of its hello harms nobody", async () => {
    await using under = await startTestProxy(passthrough());
    const client = await openTcp(under.port());
    client.socket.write((await captureClientHello(NAME)).subarray(0, 100));
    client.socket.resetAndDestroy();
    expect(await under.nextRecord()).toMatchObject({ outcome: "CLIENT_CLOSED" });
    expect(await openTls(under.port(), { ca: ca.cert, servername: NAME }).ask("hello")).toBe("hello");
  });

  test("a service that cannot be reached is told to a passthrough client by an alert", async () => {
    const route = routeTo([endpointAt(1)], { inbound: { kind: "passthrough" } });
    await using under = await startTestProxy(tableOf(sniListener({ [NAME]: route })));
    const client = openTls(under.port(), { ca: ca.cert, servername: NAME });
    await client.ended;
    expect(client.error?.code).toMatch(/INTERNAL_ERROR/);
    expect(await under.nextRecord()).toMatchObject({
      outcome: "DIAL_FAILED",
      failedDials: [{ address: "127.0.0.1:1", code: "DIAL_FAILED" }],
    });
  });
});
