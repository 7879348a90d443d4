import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { captureClientHello, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { call, dialMesh, openTcp, startHttpServer } from "../src/index.ts";
import { callSoon, shared } from "./support.ts";

const facts = shared(async (mesh, resources) => {
  const [billing, echo] = await Promise.all([startHttpServer("billing"), startTcpEcho()]);
  resources.use(billing);
  resources.use(echo);
  const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
  const web = resources.use(await mesh.startSidecar("web", { upstreams: ["billing"] }));
  await mesh.agent.registerExternal({ service: "billing", port: billing.port });
  await mesh.agent.registerExternal({ service: "echo", port: echo.port });
  await gateway.link({ Name: "billing" }, { Name: "echo" });
  await callSoon(web.upstream("billing"));
  const [trust, identity] = await Promise.all([mesh.trust(), mesh.identity("web")]);
  return { gateway, web, trust, identity };
});

const HANDSHAKE = 22;
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2]);
const UNRECOGNIZED_NAME = 112;

/** A record that says it is a handshake, with these bytes in it. */
function handshakeRecord(bytes: Buffer): Buffer {
  const header = Buffer.from([HANDSHAKE, 3, 1, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([header, bytes]);
}

/** A ClientHello that never ends: it says it is `bytes` long, and comes in records of 16 KiB. */
function endlessHello(bytes: number): Buffer {
  const message = Buffer.alloc(bytes + 4, 0);
  message.writeUInt32BE((1 << 24) | bytes, 0);
  message.writeUInt16BE(0x0303, 4);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += 16_384) records.push(handshakeRecord(message.subarray(at, at + 16_384)));
  return Buffer.concat(records);
}

const SSL2_HELLO = Buffer.from("802e0100020015000000100100800300800700c0060040020080040080", "hex");

const REFUSED = [
  {
    fact: "plain HTTP on the TLS port",
    bytes: async () => Buffer.from("GET / HTTP/1.1\r\nHost: billing\r\n\r\n"),
    outcome: "NOT_TLS",
    reason: /does not speak TLS: .*HTTP/,
  },
  { fact: "an SSLv2 hello", bytes: async () => SSL2_HELLO, outcome: "NOT_TLS", reason: /does not speak TLS/ },
  {
    fact: "a TLS record of another kind",
    bytes: async () => Buffer.from([23, 3, 3, 0, 5, 1, 2, 3, 4, 5]),
    outcome: "NOT_TLS",
    reason: /does not speak TLS/,
  },
  {
    fact: "a hello that names no server",
    bytes: () => captureClientHello(undefined),
    outcome: "NO_SNI",
    reason: /named no server/,
  },
  {
    fact: "a hello over 64 KiB",
    bytes: async () => endlessHello(70_000),
    outcome: "HELLO_TOO_LARGE",
    reason: /over 64 KiB/,
  },
  {
    fact: "a connection on which nothing is ever sent",
    bytes: async () => Buffer.alloc(0),
    outcome: "HELLO_TIMEOUT",
    reason: /no whole ClientHello within 3000 ms/,
  },
  {
    fact: "a hello that stops half-way",
    bytes: async () => (await captureClientHello("billing.example")).subarray(0, 100),
    outcome: "HELLO_TIMEOUT",
    reason: /no whole ClientHello within 3000 ms/,
  },
] as const;

for (const { fact, bytes, outcome, reason } of REFUSED) {
  test(`${fact} is refused with its reason, and the service goes on for others`, async () => {
    const { gateway, web } = facts();
    using client = await openTcp(gateway.port);
    const { localPort } = client.socket;
    client.socket.write(await bytes());
    await call(web.upstream("billing"));
    await client.ended;
    const record = await gateway.admin.refusal((refused) => refused.client.endsWith(`:${localPort}`));
    expect(record).toMatchObject({ outcome, blame: "client", reason: expect.stringMatching(reason) });
    await call(web.upstream("billing"));
  });
}

test("an unknown server name is answered with the TLS alert unrecognized_name", async () => {
  const { gateway } = facts();
  using client = await openTcp(gateway.port);
  const received: Buffer[] = [];
  client.socket.on("data", (chunk: Buffer) => received.push(chunk));
  client.socket.write(await captureClientHello("nobody.default.dc1.internal.example.consul"));
  await client.ended;
  expect(Buffer.concat(received)).toEqual(Buffer.concat([ALERT, Buffer.from([UNRECOGNIZED_NAME])]));
  const { reason } = await gateway.admin.refusal(({ outcome }) => outcome === "NO_ROUTE");
  expect(reason).toBe('no route for the server name "nobody.default.dc1.internal.example.consul"');
});

/** Sends the first `bytes` bytes one by one, each in a packet of its own. */
class ByteByByte extends Duplex {
  readonly #socket: Socket;
  #bytes: number;

  constructor(socket: Socket, bytes: number) {
    super();
    this.#socket = socket.setNoDelay(true);
    this.#bytes = bytes;
    socket.on("data", (chunk) => this.push(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const single = Math.min(this.#bytes, chunk.length);
    this.#bytes -= single;
    this.#sendFrom(chunk, 0, single, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #sendFrom(chunk: Buffer, at: number, single: number, done: (error?: Error | null) => void): void {
    if (at === single) {
      this.#socket.write(chunk.subarray(at), done);
      return;
    }
    this.#socket.write(chunk.subarray(at, at + 1), () =>
      setImmediate(() => this.#sendFrom(chunk, at + 1, single, done)),
    );
  }
}

test("a ClientHello that comes byte by byte is served", async () => {
  const { gateway, trust, identity } = facts();
  const carrier = new ByteByByte(connectTcp(gateway.port, "127.0.0.1"), 10_000);
  using client = dialMesh({ port: gateway.port, trust, identity, service: "echo", carrier });
  await client.echo("in small pieces");
});

test("a ClientHello of 20 KB, in two records, is served", async () => {
  const { gateway, trust, identity } = facts();
  const ALPNProtocols = Array.from({ length: 100 }, (_, at) => `${at}-`.padEnd(200, "x"));
  using client = dialMesh({ port: gateway.port, trust, identity, service: "echo", tls: { ALPNProtocols } });
  await client.echo("after a long hello");
});

test("a hundred connections that say nothing hold up nobody", async () => {
  const { gateway, web } = facts();
  const silent = await Promise.all(Array.from({ length: 100 }, () => openTcp(gateway.port)));
  for (let calls = 0; calls < 10; calls++) await call(web.upstream("billing"));
  const stillOpen = silent.filter(({ socket }) => !socket.destroyed);
  for (const conversation of silent) conversation[Symbol.dispose]();
  expect(stillOpen.length).toBeGreaterThan(0);
});
