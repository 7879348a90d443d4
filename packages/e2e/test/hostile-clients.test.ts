import { randomBytes } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { captureClientHello, eventually, startTcpEcho } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { type DialOptions, dialMesh, IN_DATACENTER_MS, openTcp } from "../src/index.ts";
import { ByteByByte, halfHello, REFUSED } from "./hostile-input.ts";
import { shared } from "./support.ts";

const facts = shared(async (mesh, resources) => {
  const [echo, terminating, passing] = await Promise.all([
    startTcpEcho(),
    mesh.startTerminatingGateway("outside"),
    mesh.startMeshGateway("gateway"),
  ]);
  for (const each of [echo, terminating, passing]) resources.use(each);
  await mesh.agent.registerExternal({ service: "echo", port: echo.port });
  await terminating.link({ Name: "echo" });
  const [trust, identity] = await Promise.all([mesh.trust(), mesh.identity("web")]);
  return { gateways: { terminating, passing }, trust, identity };
});

const ALERT = Buffer.from([21, 3, 3, 0, 2, 2]);
const UNRECOGNIZED_NAME = 112;
const IDLE_CONNECTIONS = 2_000;

describe.each([
  { kind: "terminating", gateway: "a terminating gateway" },
  { kind: "passing", gateway: "a mesh gateway" },
] as const)("$gateway", ({ kind }) => {
  const gateway = () => facts().gateways[kind];

  /** Dials the service that echoes, as a sidecar would. */
  function dialEcho(how: Pick<DialOptions, "carrier" | "tls"> = {}) {
    const { trust, identity } = facts();
    return dialMesh({ port: gateway().port, trust, identity, service: "echo", ...how });
  }

  /** Expects that whoever behaves is served. */
  async function expectService(): Promise<void> {
    using client = dialEcho();
    await client.echo("hello");
  }

  test("serves those who behave", () => eventually(expectService, { timeoutMs: IN_DATACENTER_MS }));

  test.each(REFUSED)(
    "refuses $fact with its reason, counts it, and goes on for others",
    async ({ bytes, outcome, reason }) => {
      const { port, admin } = gateway();
      const before = await admin.ended(outcome);
      using client = await openTcp(port);
      const { localPort } = client.socket;
      client.socket.write(await bytes());
      await expectService();
      await client.ended;
      const record = await admin.refusal((refused) => refused.client.endsWith(`:${localPort}`));
      expect(record).toMatchObject({ outcome, blame: "client", reason: expect.stringMatching(reason) });
      await eventually(async () => expect(await admin.ended(outcome)).toBe(before + 1));
      await expectService();
    },
  );

  test("answers an unknown server name with the TLS alert unrecognized_name", async () => {
    using client = await openTcp(gateway().port);
    const { localPort } = client.socket;
    const received: Buffer[] = [];
    client.socket.on("data", (chunk: Buffer) => received.push(chunk));
    client.socket.write(await captureClientHello("nobody.default.dc1.internal.example.consul"));
    await client.ended;
    expect(Buffer.concat(received)).toEqual(Buffer.concat([ALERT, Buffer.from([UNRECOGNIZED_NAME])]));
    expect(await gateway().admin.refusal((refused) => refused.client.endsWith(`:${localPort}`))).toMatchObject({
      outcome: "NO_ROUTE",
      reason: 'no route for the server name "nobody.default.dc1.internal.example.consul"',
    });
  });

  test("serves a ClientHello that comes byte by byte", async () => {
    const carrier = new ByteByByte(connectTcp(gateway().port, "127.0.0.1"), 10_000);
    using client = dialEcho({ carrier });
    await client.echo("in small pieces");
  });

  test("serves a ClientHello of 20 KB, in two records", async () => {
    const ALPNProtocols = Array.from({ length: 100 }, (_, at) => `${at}-`.padEnd(200, "x"));
    using client = dialEcho({ tls: { ALPNProtocols } });
    await client.echo("after a long hello");
  });

  test("survives garbage of any kind", async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => openTcp(gateway().port)));
    for (const [at, { socket }] of clients.entries()) socket.end(randomBytes(at * 1_000));
    await Promise.all(clients.map(({ ended }) => ended));
    for (const client of clients) client[Symbol.dispose]();
    await expectService();
  });

  test(`is starved by no ${IDLE_CONNECTIONS} connections that say nothing, or stop half-way`, async () => {
    const { port, admin } = gateway();
    const before = await admin.ended("HELLO_TIMEOUT");
    const half = await halfHello();
    const idle = await Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => openTcp(port)));
    for (const [at, { socket }] of idle.entries()) if (at % 2 === 0) socket.write(half);
    const stillOpen = () => idle.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length;
    let servedBeside = 0;
    for (let calls = 0; calls < 10; calls++) {
      await expectService();
      if (stillOpen() > 0) servedBeside += 1;
    }
    expect(servedBeside).toBeGreaterThan(0);
    await Promise.all(idle.map(({ ended }) => ended));
    for (const client of idle) client[Symbol.dispose]();
    await eventually(async () => expect(await admin.ended("HELLO_TIMEOUT")).toBe(before + IDLE_CONNECTIONS));
    await expectService();
  });
});
