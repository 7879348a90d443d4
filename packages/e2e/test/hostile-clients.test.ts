import { randomBytes } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { captureClientHello, eventually, startTcpEcho } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { type DialOptions, dialMesh, IN_DATACENTER_MS, LOOPBACK, openTcp } from "../src/index.ts";
import { ByteByByte, halfHello, REFUSED, SILENT } from "./hostile-input.ts";
import { shared } from "./support.ts";

/** Where a gateway waits so long for a hello that a client with other work says it in time. */
const patiently = { place: { ...LOOPBACK, within: ["env", "CAUSEWAY_HELLO_TIMEOUT_MS=60000"] } };

const facts = shared(async (mesh, resources) => {
  const [echo, terminating, hastyTerminating, passing, hastyPassing] = await Promise.all([
    startTcpEcho(),
    mesh.startTerminatingGateway("outside", patiently),
    mesh.startTerminatingGateway("outside-hastily"),
    mesh.startMeshGateway("gateway", patiently),
    mesh.startMeshGateway("gateway-hastily"),
  ]);
  for (const each of [echo, terminating, hastyTerminating, passing, hastyPassing]) resources.use(each);
  await mesh.agent.registerExternal({ service: "echo", port: echo.port });
  for (const each of [terminating, hastyTerminating]) await each.link({ Name: "echo" });
  const [trust, identity] = await Promise.all([mesh.trust(), mesh.identity("web")]);
  const gateways = { terminating, passing };
  const hasty = { terminating: hastyTerminating, passing: hastyPassing };
  return { gateways, hasty, trust, identity };
});

const ALERT = Buffer.from([21, 3, 3, 0, 2, 2]);
const UNRECOGNIZED_NAME = 112;
const IDLE_CONNECTIONS = 2_000;

describe.each([
  { kind: "terminating", gateway: "a terminating gateway" },
  { kind: "passing", gateway: "a mesh gateway" },
] as const)("$gateway", ({ kind }) => {
  const gateway = () => facts().gateways[kind];

  const hasty = () => facts().hasty[kind];

  /** Dials the service that echoes, as a sidecar would. */
  function dialEcho(how: Partial<Pick<DialOptions, "port" | "carrier" | "tls">> = {}) {
    const { trust, identity } = facts();
    return dialMesh({ port: gateway().port, trust, identity, service: "echo", ...how });
  }

  /** Expects that whoever behaves is served. */
  async function expectService(port = gateway().port): Promise<void> {
    using client = dialEcho({ port });
    await client.echo("hello");
  }

  /** Expects it where a hello that is slow to come is not waited for. */
  const expectHastyService = () => eventually(() => expectService(hasty().port), { timeoutMs: IN_DATACENTER_MS });

  test("serves those who behave", async () => {
    await eventually(() => expectService(), { timeoutMs: IN_DATACENTER_MS });
    await expectHastyService();
  });

  test.each(SILENT)("refuses $fact with its reason, and goes on for others", async ({ bytes, outcome, reason }) => {
    const { port, admin } = hasty();
    const before = await admin.ended(outcome);
    using client = await openTcp(port);
    const { localPort } = client.socket;
    client.socket.write(await bytes());
    await expectHastyService();
    await client.ended;
    const record = await admin.refusal((refused) => refused.client.endsWith(`:${localPort}`));
    expect(record).toMatchObject({ outcome, blame: "client", reason: expect.stringMatching(reason) });
    await eventually(async () => expect(await admin.ended(outcome)).toBeGreaterThan(before));
    await expectHastyService();
  });

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
    const { port, admin } = hasty();
    const before = await admin.ended("HELLO_TIMEOUT");
    const half = await halfHello();
    let [opened, ended, serving] = [0, 0, true];
    const allThere = Promise.withResolvers<void>();
    /** Whoever is shown out comes back: however slow the machine is, some of them are there. */
    const idle = async (at: number) => {
      while (serving) {
        using client = await openTcp(port);
        opened += 1;
        if (opened === IDLE_CONNECTIONS) allThere.resolve();
        if (at % 2 === 0) client.socket.write(half);
        await client.ended;
        ended += 1;
      }
    };
    const all = Promise.all(Array.from({ length: IDLE_CONNECTIONS }, (_, at) => idle(at)));
    let servedBeside = 0;
    const serve = async () => {
      await allThere.promise;
      while (servedBeside < 10) {
        await expectHastyService();
        if (opened > ended) servedBeside += 1;
      }
    };
    await Promise.race([serve(), all]);
    expect(servedBeside).toBe(10);
    serving = false;
    await all;
    await eventually(async () => expect(await admin.ended("HELLO_TIMEOUT")).toBeGreaterThanOrEqual(before + opened));
    await expectHastyService();
  });
});
