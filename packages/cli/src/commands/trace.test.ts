import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";
import { TraceReceiver } from "../traces/trace-receiver.ts";

const TEXT = (stringValue: string) => ({ stringValue });

/** What an exporter sends of one connection. */
function request(traceId: string, error?: string) {
  const span = {
    traceId,
    spanId: "00f067aa0ba902b7",
    name: "mesh.connection",
    startTimeUnixNano: "1000000000",
    endTimeUnixNano: "1002500000",
    attributes: [
      { key: "causeway.source", value: TEXT("web") },
      { key: "causeway.route", value: TEXT("db") },
    ],
    links: [{ traceId: `f${traceId}`, spanId: "1".repeat(16) }],
    status: error === undefined ? { code: 0 } : { code: 2, message: error },
  };
  const attributes = [
    { key: "service.name", value: TEXT("us-west-gateway") },
    { key: "causeway.datacenter", value: TEXT("dc1") },
  ];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] };
}

/** Runs the command against an agent whose spans go to `endpoint`. */
async function trace(endpoint: string | undefined, ...args: readonly string[]) {
  await using agent = await startStandIn(() => ({ body: { DebugConfig: { TracesEndpoint: endpoint } } }));
  return await runHere(["trace", ...args], { env: { CONSUL_HTTP_ADDR: agent.address } });
}

const endpointOf = (receiver: TraceReceiver) => String(receiver.variables["OTEL_EXPORTER_OTLP_ENDPOINT"]);

function send(receiver: TraceReceiver, body: unknown) {
  return fetch(`${endpointOf(receiver)}/v1/traces`, { method: "POST", body: JSON.stringify(body) });
}

test("trace: shows what was kept, all or some of it", async () => {
  await using receiver = await TraceReceiver.start();
  await send(receiver, request("a1".repeat(16)));
  await send(receiver, request("b2".repeat(16), "web may not call db"));
  const endpoint = endpointOf(receiver);
  const line = "us-west-gateway in dc1  web → db  2.50 ms";
  const began = "1970-01-01T00:00:01.000Z";
  const [first, second] = [`trace ${"a1".repeat(16)}  ${began}`, `trace ${"b2".repeat(16)}  ${began}`];
  const failed = `${second}\n${line}  web may not call db`;
  expect(await trace(endpoint)).toEqual({ status: 0, out: `${first}\n${line}\n\n${failed}`, err: "" });
  for (const args of [["-failed"], ["-last", "1"], ["b2b2"], ["fb2"]]) {
    expect(await trace(endpoint, ...args)).toEqual({ status: 0, out: failed, err: "" });
  }
  expect((await trace(endpoint, "c3")).out).toBe("there is no such trace yet: a connection has one when it has ended");
  const { out } = await trace(endpoint, "-json", "a1");
  expect(JSON.parse(out)).toMatchObject([
    { spans: [{ service: "us-west-gateway", startedMs: 1_000, endedMs: 1_002.5 }] },
  ]);
});

test("trace: what is no OTLP is refused, and harms nothing", async () => {
  await using receiver = await TraceReceiver.start();
  const refused = await send(receiver, { resourceSpans: [{ resource: {} }] });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("resourceSpans.0.resource")]);
  expect((await trace(endpointOf(receiver))).status).toBe(0);
});

test("trace: says where else to look", async () => {
  expect(await trace(undefined)).toMatchObject({ status: 1, err: expect.stringContaining("exports no traces") });
  await using jaeger = await startStandIn(() => ({ status: 404 }));
  const endpoint = `http://${jaeger.address}`;
  expect(await trace(endpoint)).toMatchObject({
    status: 1,
    err: `the traces of this mesh are at ${endpoint}, which shows them itself`,
  });
  expect(await trace(endpoint, "-last", "none")).toMatchObject({
    status: 1,
    err: '-last must be a number from 1 on, not "none"',
  });
});
