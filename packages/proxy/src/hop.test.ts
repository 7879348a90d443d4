import { once } from "node:events";
import { createServer } from "node:net";
import { connect, createServer as createTlsServer } from "node:tls";
import type { GatewayWay, Route, RouteTarget } from "@causeway/routes";
import { createTestCa, issueCertificate } from "@causeway/testkit";
import { readClientHello } from "@causeway/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hello, hopIds, type Place, placeAfter, placeBefore, placeOf, randomOfKeyLog } from "./hop.ts";

const RANDOM = Uint8Array.from({ length: 32 }, (_, at) => at);
const TRACE_ID = "000102030405060708090a0b0c0d0e0f";

const targetBy = (way: GatewayWay | undefined, name = "db"): RouteTarget => ({
  name,
  outbound: { kind: "plain" },
  endpoints: [],
  connectTimeoutMs: 1,
  ...(way === undefined ? {} : { way }),
});
const routeBy = (way?: GatewayWay, failover: readonly RouteTarget[] = []): Route => ({
  ...targetBy(way),
  inbound: { kind: "passthrough" },
  failover,
});

describe("the ids of a hop", () => {
  const cases: readonly { role: Hello["role"]; place: Place; spanId: string; parentSpanId?: string }[] = [
    { role: "sent", place: 0, spanId: "1011121314151617" },
    { role: "sent", place: 1, spanId: "1011121314151616" },
    { role: "sent", place: 2, spanId: "1011121314151615" },
    { role: "passed", place: 1, spanId: "1011121314151616", parentSpanId: "1011121314151617" },
    { role: "passed", place: 2, spanId: "1011121314151615", parentSpanId: "1011121314151616" },
    { role: "answered", place: 3, spanId: "1011121314151614", parentSpanId: "1011121314151615" },
  ];
  for (const { role, place, ...ids } of cases) {
    test(`that ${role} the hello at place ${place}`, () => {
      expect(hopIds({ random: RANDOM, role }, place)).toEqual({ traceId: TRACE_ID, ...ids });
    });
  }

  test.each([
    { name: "every byte", from: 0, to: 32 },
    { name: "the trace", from: 0, to: 16 },
    { name: "what all spans share", from: 16, to: 23 },
  ])("are none where $name is zero", ({ from, to }) => {
    const random = Uint8Array.from(RANDOM, (byte) => byte + 1).fill(0, from, to);
    expect(hopIds({ random, role: "passed" }, 2)).toBeUndefined();
  });
});

/** The hops of a hello, from whoever sends it to whoever answers it, as each of them sees its own route. */
const ways: readonly { name: string; hops: readonly { role: Hello["role"]; way?: GatewayWay }[] }[] = [
  { name: "straight", hops: [{ role: "sent" }, { role: "answered" }] },
  {
    name: "by a gateway of the target's datacenter",
    hops: [{ role: "sent", way: "target's gateways" }, { role: "passed" }, { role: "answered" }],
  },
  {
    name: "by a gateway of each datacenter",
    hops: [
      { role: "sent", way: "own gateways" },
      { role: "passed", way: "target's gateways" },
      { role: "passed" },
      { role: "answered" },
    ],
  },
];

for (const { name, hops } of ways) {
  test(`on the way ${name} each hop stands beneath the one before it, whatever the random`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (random) => {
        const ids = hops.map(({ role, way }) => {
          const place = placeBefore(targetBy(way));
          const hello: Hello = role === "sent" ? { random, role, place } : { random, role };
          return hopIds(hello, placeOf(hello, routeBy(way), undefined));
        });
        fc.pre(ids.every((each) => each !== undefined));
        expect(new Set(ids.map((each) => each?.traceId)).size).toBe(1);
        expect(new Set(ids.map((each) => each?.spanId)).size).toBe(hops.length);
        expect(ids.map((each) => each?.parentSpanId)).toEqual([
          undefined,
          ...ids.slice(0, -1).map((each) => each?.spanId),
        ]);
      }),
    );
  });
}

describe("the place of a hop", () => {
  const passed: Hello = { random: RANDOM, role: "passed" };

  test("without a route is that of a gateway of the target's datacenter", () => {
    expect(placeOf(passed, undefined, undefined)).toBe(2);
  });

  test("is that before the target which it has gone on to, where its route has several", () => {
    const route = routeBy(undefined, [targetBy("target's gateways", "db in dc2")]);
    expect(placeOf(passed, route, "db")).toBe(2);
    expect(placeOf(passed, route, "db in dc2")).toBe(1);
  });

  test("is followed by the next", () => {
    expect(([0, 1, 2] as const).map(placeAfter)).toEqual([1, 2, 3]);
  });
});

describe("the random of a hello that Node sends", () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`is in its key log with ${version}, as the far side sees it`, async () => {
      const ca = await createTestCa();
      const { cert, key } = await issueCertificate({ ca, commonName: "localhost" });
      const far = createTlsServer({ cert, key });
      const listener = createServer((socket) => {
        socket.once("readable", () => {
          const bytes: Buffer = socket.read();
          const result = readClientHello(bytes);
          socket.unshift(bytes);
          far.emit("seen", result.kind === "found" ? result.hello.random : undefined);
          far.emit("connection", socket);
        });
      }).listen(0, "127.0.0.1");
      await once(listener, "listening");
      const seen = once(far, "seen");
      const { port } = listener.address() as { port: number };
      const client = connect({
        port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        minVersion: version,
        maxVersion: version,
      });
      const logged = once(client, "keylog");
      const [random] = await seen;
      const [line] = await logged;
      expect(Buffer.from(randomOfKeyLog(line) ?? [])).toEqual(Buffer.from(random));
      client.destroy();
      listener.close();
    });
  }

  test("is in no line of another form", () => {
    expect(randomOfKeyLog(Buffer.from("CLIENT_RANDOM beef beef\n"))).toBeUndefined();
  });
});
