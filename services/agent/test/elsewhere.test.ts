import { answer, type Bus, connectBus } from "@causeway/bus";
import { heartbeatSubject, type Reply, type Request } from "@causeway/model";
import { FakeClock } from "@causeway/runtime/testing";
import { type NatsServer, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { acrossDatacenters } from "../src/datacenters/across-datacenters.ts";
import { answerOthers } from "../src/datacenters/answer-others.ts";
import {
  type ApiRequest,
  type Client,
  type Endpoint,
  json,
  type Method,
  STAYING_CLIENT,
  text,
} from "../src/http/endpoint.ts";
import { badRequest } from "../src/http/errors.ts";
import { renderBody } from "../src/http/render-body.ts";

const log = { info: () => {}, warn: () => {} };
const datacenters = { names: () => ["dc1", "dc2", "dc3"] };

let nats: NatsServer;
let resources: AsyncDisposableStack;
let dc1: Bus;
let dc2: Bus;
let dc3: Bus;
beforeAll(async () => {
  resources = new AsyncDisposableStack();
  nats = resources.use(await startNatsServer());
  [dc1, dc2, dc3] = await Promise.all([connectTo("dc1"), connectTo("dc2"), connectTo("dc3")]);
  await Promise.all([dc2, dc3].map((bus) => bus.connection.flush()));
  const { signal } = new AbortController();
  await Promise.all(["dc2", "dc3"].map((datacenter) => dc1.paths.whenOpen(datacenter, signal)));
});
afterAll(() => resources.disposeAsync());

/** A bus of a datacenter that says that it is there. */
async function connectTo(datacenter: string): Promise<Bus> {
  const bus = await connectBus({ url: nats.url, name: "test", datacenter, log });
  resources.defer(() => bus.drain());
  const beat = setInterval(() => bus.connection.publish(heartbeatSubject(datacenter)), 100);
  resources.defer(() => clearInterval(beat));
  return bus;
}

const clock = new FakeClock();
let closing: AbortController;
beforeEach(() => {
  closing = new AbortController();
});

/** An endpoint of dc1 that reads what another datacenter has. */
function asking(path = "/v1/health/state/", method: Method = "GET") {
  const here = () => text(200, "answered here");
  const [endpoint] = acrossDatacenters([{ path, methods: { [method]: here } }], {
    bus: dc1,
    clock,
    datacenter: "dc1",
    datacenters,
    closing: closing.signal,
    log,
  });
  return async (query: string, more: Partial<ApiRequest> = {}) => {
    const asked = { method, path: `${path}any`, rest: "any", query: new URLSearchParams(query), headers: {}, body: "" };
    return await endpoint?.methods[method]?.({ ...asked, client: STAYING_CLIENT, ...more });
  };
}

describe("a request for another datacenter", () => {
  const seen: Request<"agent.http">[] = [];
  let reply: (asked: Request<"agent.http">) => Reply<"agent.http"> | Promise<Reply<"agent.http">>;
  const whole = { Status: 200, Headers: { "X-Consul-Index": "7", "Content-Type": "application/json" }, Body: "[]" };
  const unchanged = { Status: 304, Headers: {}, Body: "" };
  beforeAll(async () => {
    answer(dc2, {
      "agent.http": async (asked) => {
        seen.push(asked);
        return reply(asked);
      },
    });
    await dc2.connection.flush();
  });
  beforeEach(() => {
    seen.length = 0;
    reply = () => whole;
  });

  test("carries the path, the query without its datacenter, and of the headers the tokens alone", async () => {
    const headers = { "x-consul-token": "t", authorization: "Bearer b", connection: "close", cookie: "c", host: "h" };
    expect(await asking()("dc=dc2&passing&ns=default", { headers })).toEqual({
      status: 200,
      headers: { "X-Consul-Index": "7" },
      body: { kind: "text", text: "[]", contentType: "application/json" },
    });
    expect(seen).toMatchObject([
      {
        Method: "GET",
        Path: "/v1/health/state/any",
        Query: "passing=&ns=default",
        Headers: { "x-consul-token": "t", authorization: "Bearer b" },
      },
    ]);
    expect(Object.keys(seen[0]?.Headers ?? {})).toHaveLength(2);
  });

  test("that is for this one is answered here", async () => {
    expect(await asking()("dc=dc1")).toEqual(text(200, "answered here"));
    expect(await asking()("")).toEqual(text(200, "answered here"));
    expect(seen).toEqual([]);
  });

  test("waits piece by piece until something has changed", async () => {
    reply = () => {
      void clock.advance(20_000);
      return seen.length < 3 ? unchanged : whole;
    };
    expect(await asking()("dc=dc2&index=6&wait=10m")).toMatchObject({ status: 200 });
    expect(seen.map(({ Query, UnlessUnchanged }) => [Query, UnlessUnchanged])).toEqual(
      Array(3).fill(["index=6&wait=20000ms", true]),
    );
  });

  test("is given the whole answer at the end of its wait, changed or not", async () => {
    reply = ({ UnlessUnchanged }) => {
      void clock.advance(20_000);
      return UnlessUnchanged ? unchanged : whole;
    };
    expect(await asking()("dc=dc2&index=7&wait=50s")).toMatchObject({ status: 200 });
    expect(seen.map(({ Query }) => new URLSearchParams(Query).get("wait"))).toEqual(["20000ms", "20000ms", "10000ms"]);
  });

  test("is given up when its client has gone", async () => {
    let gone = false;
    const leave = Promise.withResolvers<void>();
    const client: Client = {
      get gone() {
        return gone;
      },
      whenGone: (listener) => void leave.promise.then(listener),
    };
    const { promise, resolve } = Promise.withResolvers<Reply<"agent.http">>();
    reply = () => {
      gone = true;
      leave.resolve();
      return promise;
    };
    await asking()("dc=dc2&index=7&wait=50s", { client });
    expect(seen).toHaveLength(1);
    resolve(unchanged);
  });

  test("is given what there is when this agent ends", async () => {
    const { promise, resolve } = Promise.withResolvers<Reply<"agent.http">>();
    reply = ({ Query }) => {
      closing.abort();
      return Query.includes("index") ? promise : whole;
    };
    expect(await asking()("dc=dc2&index=7&wait=50s")).toMatchObject({ status: 200, body: { text: "[]" } });
    expect(seen).toHaveLength(2);
    resolve(unchanged);
  });

  test("is refused here when its options mean nothing, and where nobody answers", async () => {
    await expect(asking()("dc=dc2&index=x")).rejects.toThrow("Invalid index");
    const failed = { "X-Consul-Index": "1", "X-Consul-KnownLeader": "false", "X-Consul-LastContact": "0" };
    expect(await asking()("dc=nowhere")).toEqual(text(500, "No path to datacenter", failed));
    expect(seen).toEqual([]);
  });
});

describe("what comes over the bus", () => {
  const waits: unknown[] = [];
  const endpoints: readonly Endpoint[] = [
    { path: "/v1/health/state/", methods: { GET: ({ query }) => json({ dc: query.get("dc") }) } },
    { path: "/v1/health/checks/", methods: { GET: () => Promise.reject(badRequest("no good")) } },
    { path: "/v1/catalog/services", methods: { GET: () => json([], { "X-Consul-Index": "7" }) } },
    {
      path: "/v1/status/peers",
      methods: {
        GET: async ({ query }) => {
          waits.push(query.get("wait"));
          await clock.advance(20_000);
          return json([], { "X-Consul-Index": "7" });
        },
      },
    },
    {
      path: "/v1/connect/ca/configuration",
      methods: {
        PUT: ({ bytes = new Uint8Array() }) => {
          return { status: 200, headers: {}, body: { kind: "bytes", bytes, contentType: "application/octet-stream" } };
        },
      },
    },
    { path: "/v1/catalog/nodes", methods: { GET: () => json("ä".repeat(2_000_000)) } },
  ];
  beforeAll(async () => {
    answerOthers({ bus: dc3, clock, log }, endpoints);
    await dc3.connection.flush();
  });

  test("is answered as the endpoint answers, failures too", async () => {
    expect(await asking()("dc=dc3&pretty")).toMatchObject({ body: { text: '{\n    "dc": null\n}\n' } });
    const refused = { status: 400, body: { text: "Bad request: no good" } };
    expect(await asking("/v1/health/checks/")("dc=dc3")).toMatchObject(refused);
  });

  test("is unknown there when no endpoint takes it", async () => {
    expect(await asking("/v1/health/new/")("dc=dc3")).toMatchObject({ status: 404 });
    expect(await asking("/v1/discovery-chain/", "POST")("dc=dc3")).toMatchObject({ status: 404 });
  });

  test("is told only that nothing has changed until its wait is over", async () => {
    const request = { path: "/v1/status/peers" };
    const answered = await asking("/v1/status/")("dc=dc3&index=7&wait=30s", request);
    expect(answered).toMatchObject({ status: 200, body: { text: "[]" } });
    expect(waits).toEqual(["20000ms", "10000ms"]);
  });

  test("arrives whole, however large", async () => {
    const answered = await asking("/v1/catalog/")("dc=dc3", { path: "/v1/catalog/nodes" });
    const { content, contentType } = renderBody(answered?.body ?? { kind: "empty" }, false);
    expect(contentType).toBe("application/json");
    expect(Buffer.from(content).equals(Buffer.from(JSON.stringify("ä".repeat(2_000_000))))).toBe(true);
  });

  test("may be bytes that are no text, and so may the answer", async () => {
    const bytes = Uint8Array.of(0xff, 0, 0xc3);
    const path = "/v1/connect/ca/configuration";
    const answered = await asking(path, "PUT")("dc=dc3", { path, body: "\ufffd\0\ufffd", bytes });
    const body = answered?.body;
    expect(body).toMatchObject({ kind: "bytes", contentType: "application/octet-stream" });
    expect([...(body?.kind === "bytes" ? body.bytes : [])]).toEqual([...bytes]);
  });

  test("is given what there is when a wait is cut short, since that agent ends", async () => {
    const request = { path: "/v1/catalog/services" };
    const answered = await asking("/v1/catalog/")("dc=dc3&index=7&wait=60s", request);
    expect(answered).toMatchObject({ status: 200, headers: { "X-Consul-Index": "7" } });
  });
});
