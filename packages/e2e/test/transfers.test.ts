import { createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createServer as createTlsServer } from "node:tls";
import {
  createTestCa,
  eventually,
  issueCertificate,
  type ListeningServer,
  listen,
  pseudoRandom,
  receive,
  startHalfCloseServer,
  startSink,
  startSource,
  startTcpEcho,
  temporaryDirectory,
} from "@causeway/testkit";
import { expect, test } from "vitest";
import { type LinkedService, openTcp, START_UP_MS } from "../src/index.ts";
import { shared } from "./support.ts";

const MIB = 1_048_576;
const LARGE_BYTES = 200_000_000;
/** What a stalled connection may cost a proxy: its buffers, and garbage that has not been collected. */
const BOUND_BYTES = 64 * MIB;

const UPSTREAMS = ["answers-at-end", "answers-at-end-tls", "ends-first", "sink", "source", "slow", "echo"] as const;

const facts = shared(async (mesh, resources) => {
  const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
  const web = resources.use(await mesh.startSidecar("web", { upstreams: UPSTREAMS }));
  return { gateway, web };
});

/** Registers a service outside and links it; gives the local port at which web reaches it, as soon as it does. */
async function reach(server: ListeningServer, link: LinkedService & { readonly Name: (typeof UPSTREAMS)[number] }) {
  const { mesh, gateway, web } = facts();
  await mesh.agent.registerExternal({ service: link.Name, port: server.port });
  await gateway.link(link);
  await eventually(async () => {
    const routed = (await gateway.admin.routes()).routes.some(({ name }) => name === link.Name);
    const offered = (await web.admin.routes()).routes.find(({ name }) => name === link.Name);
    if (!routed || !offered?.endpoints.some(({ healthy }) => healthy))
      throw new Error(`${link.Name} is not linked yet`);
  });
  return web.upstream(link.Name);
}

test("a client that ends its half first still gets the whole answer", async () => {
  await using server = await startHalfCloseServer();
  using conversation = await openTcp(await reach(server, { Name: "answers-at-end" }));
  expect(JSON.parse(await conversation.ask("a question"))).toMatchObject({ bytes: "a question".length });
});

test("a client that ends its half first still gets the whole answer over TLS that the gateway originates", async () => {
  await using files = await temporaryDirectory();
  const ca = await createTestCa();
  const certificate = await issueCertificate({ ca, commonName: "outside", dnsNames: ["outside.example"] });
  const tls = createTlsServer({ ...certificate, allowHalfOpen: true }, (socket) => {
    socket.on("data", (chunk: Buffer) => socket.once("end", () => socket.end(`you said ${chunk}`)));
  });
  await using server = await listen(tls);
  const CAFile = await files.write("ca.pem", ca.cert);
  const port = await reach(server, { Name: "answers-at-end-tls", CAFile, SNI: "outside.example" });
  using conversation = await openTcp(port);
  expect(await conversation.ask("a question")).toBe("you said a question");
});

test("a service that ends its half first still gets all that the client sends", async () => {
  const arrived = Promise.withResolvers<string>();
  const serve = async (socket: Socket) => {
    socket.end("goodbye");
    const chunks = await socket.toArray();
    arrived.resolve(Buffer.concat(chunks).toString());
  };
  await using server = await listen(
    createServer({ allowHalfOpen: true }, (socket) => void serve(socket).catch(arrived.reject)),
  );
  using conversation = await openTcp(await reach(server, { Name: "ends-first" }));
  await conversation.ended;
  expect(conversation.text).toBe("goodbye");
  conversation.socket.end("one more thing");
  expect(await arrived.promise).toBe("one more thing");
});

// Before the large transfers, whose garbage would make room for much that is held.
test("a service that reads nothing holds its client back, and costs the proxies no memory to speak of", async () => {
  const { gateway, web } = facts();
  await using sink = await startSink({ reading: false });
  const port = await reach(sink, { Name: "slow" });
  const proxies = [gateway.program, web.program];
  const before = await Promise.all(proxies.map((program) => program.residentBytes()));

  using conversation = await openTcp(port);
  const sent = pipeline(Readable.from(pseudoRandom(LARGE_BYTES)), conversation.socket);
  const carried = await stalled(async () => {
    const open = await gateway.admin.connections();
    return open.find(({ destination }) => destination === "slow")?.bytesToUpstream ?? 0;
  });
  expect(carried).toBeGreaterThan(0);
  expect(carried).toBeLessThan(LARGE_BYTES / 2);
  const held = await Promise.all(proxies.map((program) => program.residentBytes()));
  for (const [at, bytes] of held.entries()) expect(bytes - (before[at] ?? 0)).toBeLessThan(BOUND_BYTES);

  sink.startReading();
  await sent;
  expect(await sink.nextTransfer()).toEqual(await receive(Readable.from(pseudoRandom(LARGE_BYTES))));
});

/** The value of `count` once it is above 0 and has stayed the same over several looks in a row. */
async function stalled(count: () => Promise<number>): Promise<number> {
  const looks: number[] = [];
  return eventually(
    async () => {
      looks.push(await count());
      const last = looks.slice(-5);
      const [first = 0] = last;
      if (last.length < 5 || first === 0 || last.some((look) => look !== first)) throw new Error(`still at ${last}`);
      return first;
    },
    { timeoutMs: START_UP_MS, intervalMs: 100 },
  );
}

test("200 MB to a service arrive as they were sent", async () => {
  await using sink = await startSink();
  using conversation = await openTcp(await reach(sink, { Name: "sink" }));
  await pipeline(Readable.from(pseudoRandom(LARGE_BYTES)), conversation.socket);
  expect(await sink.nextTransfer()).toEqual(await receive(Readable.from(pseudoRandom(LARGE_BYTES))));
});

test("200 MB from a service arrive as they were sent", async () => {
  await using source = await startSource(LARGE_BYTES);
  const port = await reach(source, { Name: "source" });
  using conversation = await openTcp(port);
  conversation.socket.removeAllListeners("data");
  expect(await receive(conversation.socket)).toEqual(source.transfer);
});

test("two hundred conversations at once each get their own answers", async () => {
  await using echo = await startTcpEcho();
  const port = await reach(echo, { Name: "echo" });
  const conversations = await Promise.all(Array.from({ length: 200 }, () => openTcp(port)));
  try {
    await Promise.all(conversations.map((conversation, at) => conversation.echo(`hello from ${at}.`)));
    expect(conversations.map(({ text }) => text)).toEqual(conversations.map((_, at) => `hello from ${at}.`));
  } finally {
    for (const conversation of conversations) conversation[Symbol.dispose]();
  }
});
