import { currentTraceparent, Metrics, spanned, startTelemetry } from "@causeway/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer, ask, Bucket, Refusal } from "../src/index.ts";
import { connectTo, followed, natsForFile, newBucket } from "./support.ts";

const nats = natsForFile();
const LEAF = {
  SerialNumber: "01",
  CertPEM: "",
  Service: "web",
  ServiceURI: "",
  ValidAfter: "",
  ValidBefore: "",
  RootID: "",
};

describe("a verb", () => {
  test("is answered by the service that has it", async () => {
    await using bus = await connectTo(nats());
    answer(bus, { "intentions.upsert": async ({ SourceName }) => ({ Index: SourceName.length }) });
    const request = { SourceName: "web", DestinationName: "db", Action: "allow" };
    expect(await ask(bus, "intentions.upsert", request)).toEqual({ Index: 3 });
  });

  test("is answered by one of several replicas, and by the one that is left", async () => {
    await using asking = await connectTo(nats());
    await using one = await connectTo(nats());
    const other = await connectTo(nats());
    const answered = [0, 0];
    for (const [replica, bus] of [one, other].entries()) {
      answer(bus, {
        "ca.sign-leaf": async () => {
          answered[replica] = (answered[replica] ?? 0) + 1;
          return LEAF;
        },
      });
      await bus.connection.flush();
    }
    for (let n = 0; n < 40; n++) await ask(asking, "ca.sign-leaf", { CSR: "" });
    expect(answered[0]).toBeGreaterThan(0);
    expect(answered[1]).toBeGreaterThan(0);
    expect(answered).toHaveLength(2);
    expect((answered[0] ?? 0) + (answered[1] ?? 0)).toBe(40);
    await other.drain();
    await ask(asking, "ca.sign-leaf", { CSR: "" });
  });

  test("of one process among many is answered by that one, and by nobody when it has gone", async () => {
    await using bus = await connectTo(nats());
    const pageOf = (id: string) => ({ "proxy.page": async () => ({ Status: 200, ContentType: "", Body: id }) });
    for (const id of ["a", "b.c"]) answer(bus, pageOf(id), ["web", "node", id]);
    const asked = { Url: "/readyz", Inbox: "" };
    const asking = (id: string) => ask(bus, "proxy.page", asked, { of: ["web", "node", id] });
    expect([(await asking("a")).Body, (await asking("b.c")).Body]).toEqual(["a", "b.c"]);
    await expect(asking("gone")).rejects.toMatchObject({ failure: { code: "NO_SERVICE" } });
  });

  test("carries a refusal word for word", async () => {
    await using bus = await connectTo(nats());
    const text = "1 error occurred:\n\t* Action must be set to 'allow' or 'deny'\n\n";
    answer(bus, { "intentions.create": async () => Promise.reject(new Refusal(500, text)) });
    const asked = ask(bus, "intentions.create", { SourceName: "a", DestinationName: "b", Action: "?" });
    const refusal = await asked.catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ status: 500, message: text });
    expect(bus.lines).toEqual([]);
  });

  test("without a service is NO_SERVICE, at once", async () => {
    await using bus = await connectTo(nats());
    await expect(ask(bus, "catalog.register", {}, { timeoutMs: 60_000 })).rejects.toMatchObject({
      failure: { code: "NO_SERVICE", subject: "causeway.dc1.catalog.register" },
    });
  });

  test("without an answer in time is TIMEOUT", async () => {
    await using bus = await connectTo(nats());
    const { promise, resolve } = Promise.withResolvers<typeof LEAF>();
    answer(bus, { "ca.sign-leaf": () => promise });
    await expect(ask(bus, "ca.sign-leaf", { CSR: "" }, { timeoutMs: 30 })).rejects.toMatchObject({
      failure: { code: "TIMEOUT", subject: "causeway.dc1.ca.sign-leaf", waitedMs: 30, outcome: "unknown" },
    });
    resolve(LEAF);
  });

  test("with a request against its schema is refused with 400 and never reaches the handler", async () => {
    await using bus = await connectTo(nats());
    let reached = false;
    answer(bus, {
      "ca.sign-leaf": async () => {
        reached = true;
        return LEAF;
      },
    });
    const asked = ask(bus, "ca.sign-leaf", { CSR: 5 } as never);
    await expect(asked).rejects.toMatchObject({
      status: 400,
      message: "request ca.sign-leaf is not valid: CSR must be string",
    });
    const { data } = await bus.connection.request("causeway.dc1.ca.sign-leaf", "not msgpack");
    expect(new TextDecoder().decode(data)).toContain("cannot read message: not msgpack");
    expect(reached).toBe(false);
  });

  test("with a reply against its schema fails on the asking side", async () => {
    await using bus = await connectTo(nats());
    answer(bus, { "intentions.upsert": async () => ({ Index: "soon" }) as never });
    const asked = ask(bus, "intentions.upsert", { SourceName: "a", DestinationName: "b", Action: "allow" });
    await expect(asked).rejects.toThrow("reply to intentions.upsert is not valid: Index must be integer");
  });
});

describe("a handler that fails", () => {
  test("is a 500 with its message for that request, a log line, and harms no other", async () => {
    await using bus = await connectTo(nats());
    answer(bus, {
      "ca.sign-leaf": async ({ CSR }) => {
        if (CSR === "bad") throw new TypeError("out of keys");
        return LEAF;
      },
    });
    const [failed, done] = await Promise.allSettled([
      ask(bus, "ca.sign-leaf", { CSR: "bad" }),
      ask(bus, "ca.sign-leaf", { CSR: "good" }),
    ]);
    expect(failed).toMatchObject({ reason: { name: "Refusal", status: 500, message: "out of keys" } });
    expect(done).toEqual({ status: "fulfilled", value: LEAF });
    expect(bus.lines).toEqual([{ message: "request failed", facts: { verb: "ca.sign-leaf", reason: "out of keys" } }]);
  });

  test("by a reply that NATS does not take is a 500 that says so", async () => {
    await using bus = await connectTo(nats());
    answer(bus, { "ca.sign-leaf": async () => ({ ...LEAF, CertPEM: "x".repeat(2_000_000) }) });
    await expect(ask(bus, "ca.sign-leaf", { CSR: "" })).rejects.toMatchObject({
      status: 500,
      message: expect.stringMatching(/payload/i),
    });
    expect(bus.lines.map(({ message }) => message)).toEqual(["answer not sent"]);
  });
});

test("what is being answered when the bus drains is still answered", async () => {
  await using asking = await connectTo(nats());
  const serving = await connectTo(nats());
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: finish, resolve: letFinish } = Promise.withResolvers<void>();
  answer(serving, {
    "ca.sign-leaf": async () => {
      reach();
      await finish;
      return LEAF;
    },
  });
  await serving.connection.flush();
  const asked = ask(asking, "ca.sign-leaf", { CSR: "" });
  await reached;
  const drained = serving.drain();
  // Whoever asks from now on must not wait for one that is leaving.
  await expect(
    (async () => {
      for (;;) await ask(asking, "ca.sign-leaf", { CSR: "" }, { timeoutMs: 20 }).catch(onlyTimeouts);
    })(),
  ).rejects.toMatchObject({ failure: { code: "NO_SERVICE" } });
  letFinish();
  expect(await asked).toEqual(LEAF);
  await drained;
});

function onlyTimeouts(error: unknown): void {
  if ((error as { failure?: { code: string } }).failure?.code !== "TIMEOUT") throw error;
}

describe("the trace context", () => {
  let stop = async () => {};
  beforeAll(async () => {
    // Samples nothing, and so exports nothing, but gives every span its ids.
    const env = { OTEL_TRACES_EXPORTER: "console", OTEL_TRACES_SAMPLER: "always_off" };
    const log = { info: () => {}, warn: () => {} };
    ({ stop } = await startTelemetry({ service: "test", env, log, metrics: new Metrics() }));
  });
  afterAll(() => stop());

  test("goes with a request to its handler, and with what that writes to every mirror", async () => {
    await using bus = await connectTo(nats());
    const definition = newBucket();
    const bucket = await Bucket.open(bus, definition);
    using reading = followed(bus, definition);
    answer(bus, {
      "intentions.upsert": () =>
        spanned("handle", {}, async () => {
          // Queued behind another change, whose trace it must not take over.
          const [, Index] = await Promise.all([
            bucket.change("counter", ["a"], () => ({ Count: 1 })),
            bucket.change("counter", ["a"], () => ({ Count: 2 })),
          ]);
          return { Index };
        }),
    });
    const request = { SourceName: "a", DestinationName: "b", Action: "allow" };
    const { traceId, Index } = await spanned("ask", {}, async () => ({
      traceId: currentTraceparent()?.split("-")[1],
      Index: (await ask(bus, "intentions.upsert", request)).Index,
    }));
    await reading.mirror.reach(Index);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(reading.changes.map(({ traceparent }) => traceparent?.split("-")[1])).toEqual([traceId, traceId]);
  });
});
