import { createServer, get } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { eventually, listen, startTcpEcho } from "@causeway/testkit";
import { afterAll, expect, test, vi } from "vitest";
import {
  ACROSS_DATACENTERS_MS,
  type ExportedSpan,
  IN_DATACENTER_MS,
  OtlpReceiver,
  type Program,
} from "../src/index.ts";
import { reach, sharedTwo, soonAcross } from "./two-datacenters.ts";

const collector = await OtlpReceiver.start("http/protobuf");
afterAll(async () => {
  vi.unstubAllEnvs();
  await collector[Symbol.asyncDispose]();
});
exportTo(collector);

const facts = sharedTwo(async ({ dc1, dc2 }, resources) => {
  const database = resources.use(await startTcpEcho({ greeting: "database " }));
  const application = resources.use(await listen(createServer((_request, response) => void response.end("orders"))));
  await dc1.agent.writeEntry({ Kind: "service-defaults", Name: "orders", Protocol: "http" });
  resources.use(await dc1.startSidecar("orders", { port: application.port }));
  const levels = resources.use(await listen(createHttp2Server().on("stream", answerByGrpc)));
  await dc1.agent.writeEntry({ Kind: "service-defaults", Name: "stock", Protocol: "grpc" });
  const db = { destination: "db", datacenter: "dc2", meshGateway: "local" } as const;
  const started = await Promise.all([
    dc1.startSidecar("web", { upstreams: [db, "orders", "stock"] }),
    dc1.startMeshGateway("gateway-dc1"),
    dc2.startMeshGateway("gateway-dc2"),
    dc2.startTerminatingGateway("outside"),
    dc1.startSidecar("stock", { port: levels.port }),
  ]);
  for (const each of started) resources.use(each);
  const [web, , , outside, stock] = started;
  await dc2.agent.registerExternal({ service: "db", port: database.port });
  await outside.link({ Name: "db" });
  return { web, outside, stock, database, proxies: started.map(({ program }) => program) };
});

/** Has processes that are started from here on export their spans to this receiver. */
function exportTo(receiver: OtlpReceiver, more: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries({ ...receiver.variables, ...more })) vi.stubEnv(name, value);
}

/** A conversation with the database in the other datacenter, from its first byte to its end. */
async function converse(): Promise<void> {
  using _conversation = await reach(facts().web.upstream("db"), "database");
}

const isOf = (service: string, name: string) => (span: ExportedSpan) =>
  span.name === name && span.resource["service.name"] === service;

/** The spans from the one without a parent down to the last, each the child of the one before it. */
function lineOf(spans: readonly ExportedSpan[]): readonly ExportedSpan[] {
  const line: ExportedSpan[] = [];
  let next = spans.find(({ parentSpanId }) => parentSpanId === "");
  while (next !== undefined) {
    const { spanId } = next;
    line.push(next);
    const children = spans.filter(({ parentSpanId }) => parentSpanId === spanId);
    next = children.find(({ name }) => name === "mesh.connection") ?? children[0];
  }
  return line;
}

/** The first that is wanted; throws when there is none. */
function found<T>(among: readonly T[], isWanted: (each: T) => boolean): T {
  const wanted = among.find(isWanted);
  if (wanted === undefined) throw new Error(`none of ${among.length} is what is wanted`);
  return wanted;
}

const LEVELS_PATH = "/stock.Levels/Get";

/** Answers a call that asks for what there is not. */
function answerByGrpc(stream: ServerHttp2Stream): void {
  const head = { ":status": 200, "content-type": "application/grpc", "grpc-status": "5" };
  stream.resume().on("end", () => stream.respond(head, { endStream: true }));
}

/** Calls by gRPC, as part of this trace; gives the status. */
async function callByGrpc(port: number, traceparent: string): Promise<unknown> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    session.on("error", reject);
    const head = { ":method": "POST", ":path": LEVELS_PATH, "content-type": "application/grpc", te: "trailers" };
    const stream = session.request({ ...head, traceparent }).on("error", reject);
    stream.once("response", ({ "grpc-status": status }) => resolve(status));
    stream.once("close", () => reject(new Error("no answer came")));
    stream.end("\0\0\0\0\0");
    return await promise;
  } finally {
    session.destroy();
  }
}

/** What a proxy has written down of requests that were answered. */
function linesOf(program: Program): readonly Readonly<Record<string, unknown>>[] {
  const lines = program.output().split("\n");
  return lines.filter((line) => line.includes('"request answered"')).map((line) => JSON.parse(line));
}

function refused(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => false,
    () => true,
  );
}

const FIVE_HOPS = [
  "mesh.connection at web-sidecar-proxy in dc1",
  "mesh.connection at gateway-dc1 in dc1",
  "mesh.connection at gateway-dc2 in dc2",
  "mesh.connection at outside in dc2",
  "mesh.dial at outside in dc2",
];
const hop = ({ name, resource }: ExportedSpan) =>
  `${name} at ${resource["service.name"]} in ${resource["causeway.datacenter"]}`;

/** Whether anything came back: nothing does to a health check that meets a gateway on its way out. */
const wasCarried = ({ attributes }: ExportedSpan) => Number(attributes["causeway.bytes.to_client"]) > 0;

const isWhole = (line: readonly ExportedSpan[]) => line.length === FIVE_HOPS.length;

/** The traces that begin at the sidecar of web, each with all its spans. */
function tracesOf(spans: readonly ExportedSpan[]): readonly (readonly ExportedSpan[])[] {
  const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
  return [...byTrace.values()].filter((own) => own.some(isOf("web-sidecar-proxy", "mesh.connection")));
}

test("a connection across two datacenters is one trace of five hops in their order, told by HTTP", async () => {
  const { database } = facts();
  await soonAcross(converse);
  const line = await eventually(() => found(tracesOf(collector.spans).map(lineOf), isWhole), {
    timeoutMs: IN_DATACENTER_MS,
  });
  expect(line.map(hop)).toEqual(FIVE_HOPS);
  const [web, near, far, outside, dial] = line;
  expect(web).toMatchObject({
    kind: 2,
    error: undefined,
    attributes: {
      "causeway.source": "web",
      "causeway.route": "db in dc2",
      "causeway.destination.identity": expect.stringMatching(/\/dc\/dc2\/svc\/db$/),
      "network.transport": "tcp",
    },
  });
  expect(near?.attributes).toMatchObject({
    "causeway.route": "*.dc2",
    "tls.client.server_name": expect.stringMatching(/^db\.default\.dc2\.internal\./),
    "client.address": expect.stringMatching(/^127\./),
  });
  expect(far?.attributes["causeway.bytes.to_upstream"]).toBeGreaterThan(0);
  expect(outside?.attributes).toMatchObject({
    "causeway.source": "web",
    "causeway.source.identity": expect.stringMatching(/\/dc\/dc1\/svc\/web$/),
    "causeway.route": "db",
    "causeway.intention": expect.stringContaining("default"),
    "causeway.bytes.to_upstream": "hello".length,
  });
  expect(dial).toMatchObject({ kind: 3, attributes: { "server.address": "127.0.0.1", "server.port": database.port } });
  const starts = line.map(({ startNs }) => startNs);
  expect(starts[0]).toBeLessThanOrEqual(starts.at(-1) ?? 0n);
});

test("a request is linked with the connection that carries it, at both proxies that see it", async () => {
  const { web } = facts();
  const request = { traceId: "5bf92f3577b34da6a3ce929d0e0e4736", spanId: "10f067aa0ba902b7" };
  const headers = { traceparent: `00-${request.traceId}-${request.spanId}-01`, connection: "close" };
  const url = `http://127.0.0.1:${web.upstream("orders")}/`;
  await eventually(
    () =>
      new Promise<void>((resolve, reject) => {
        get(url, { headers }, (response) => response.resume().on("end", resolve)).on("error", reject);
      }),
    { timeoutMs: IN_DATACENTER_MS },
  );
  const isLinked = ({ links }: ExportedSpan) => links.includes(request.traceId);
  const [caller, callee] = await eventually(() => {
    const linked = collector.spans.filter(isLinked);
    return [
      found(linked, isOf("web-sidecar-proxy", "mesh.connection")),
      found(linked, isOf("orders-sidecar-proxy", "mesh.connection")),
    ];
  });
  expect(callee).toMatchObject({ traceId: caller?.traceId, parentSpanId: caller?.spanId });
});

test("a call of gRPC leaves a line at both proxies that see it, tied to its trace and to the connection's", async () => {
  const { web, stock } = facts();
  const traceId = "6bf92f3577b34da6a3ce929d0e0e4736";
  await eventually(
    async () => expect(await callByGrpc(web.upstream("stock"), `00-${traceId}-20f067aa0ba902b7-01`)).toBe("5"),
    { timeoutMs: IN_DATACENTER_MS },
  );
  const ofCall = { msg: "request answered", method: "POST", path: LEVELS_PATH, status: 200, grpcStatus: 5 };
  const line = { ...ofCall, destination: "stock", requestBytes: 5, responseBytes: 0, requestTraceId: traceId };
  const [caller, callee] = await eventually(() =>
    [web, stock].map(({ program }) => found(linesOf(program), ({ requestTraceId }) => requestTraceId === traceId)),
  );
  expect(caller).toMatchObject({ ...line, source: "web" });
  expect(callee).toMatchObject({ ...line, source: "web", traceId: caller?.["traceId"] });
});

test("a refusal before the far side has answered is in the trace of whoever was refused", async () => {
  const { dc2, outside } = facts();
  await soonAcross(converse);
  // It would say that nobody listens there any more, and so nobody would dial.
  process.kill(dc2.pid("agent"), "SIGSTOP");
  using agent = { [Symbol.dispose]: () => void process.kill(dc2.pid("agent"), "SIGCONT") };
  await outside.program.kill9();
  const since = BigInt(Date.now()) * 1_000_000n;
  expect(await refused(converse())).toBe(true);
  const line = await eventually(() =>
    found(
      tracesOf(collector.spans.filter(({ startNs }) => startNs >= since)).map(lineOf),
      (spans) => spans.length === 4,
    ),
  );
  expect(line.map(hop)).toEqual([...FIVE_HOPS.slice(0, 3), "mesh.dial at gateway-dc2 in dc2"]);
  const codes = line.map(({ attributes }) => attributes["error.type"]);
  expect(codes).toEqual(["UPSTREAM_TLS_FAILED", undefined, "DIAL_FAILED", "DIAL_FAILED"]);
  agent[Symbol.dispose]();
  await outside.program.restart();
  await soonAcross(converse);
});

test("a write is one trace from the HTTP request to each gateway's swap, and what it denies tells so", async () => {
  const { dc1 } = facts();
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const intention = { SourceName: "web", DestinationName: "db", Action: "deny" };
  await fetch(`${dc1.agent.url}/v1/connect/intentions`, {
    method: "POST",
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    body: JSON.stringify(intention),
  });
  // Each may be refused for another reason, as long as what was restarted before is not quite back.
  const denied = await soonAcross(async () => {
    expect(await refused(converse())).toBe(true);
    return found(collector.spans, (span) => span.attributes["error.type"] === "DENIED");
  });
  expect(denied).toMatchObject({
    error: expect.stringMatching(/^web may not call db/),
    attributes: { "causeway.source": "web", "causeway.intention": expect.stringContaining("web => db") },
  });

  await eventually(
    () => {
      const spans = collector.spans.filter((span) => span.traceId === traceId);
      const agent = found(spans, ({ name }) => name === "POST /v1/connect/intentions");
      expect(agent).toMatchObject({
        kind: 2,
        parentSpanId: "00f067aa0ba902b7",
        attributes: { "http.request.method": "POST", "http.response.status_code": 200 },
      });
      const request = found(spans, ({ parentSpanId }) => parentSpanId === agent.spanId);
      expect(request).toMatchObject({ name: "intentions.create", kind: 3, resource: { "service.name": "agent" } });
      const owner = found(spans, ({ parentSpanId }) => parentSpanId === request.spanId);
      expect(owner).toMatchObject({ name: "intentions.create", kind: 2, resource: { "service.name": "intentions" } });
      const swap = found(spans, isOf("outside", "mesh.swap"));
      expect(swap).toMatchObject({ parentSpanId: owner.spanId, resource: { "causeway.datacenter": "dc2" } });
    },
    { timeoutMs: ACROSS_DATACENTERS_MS },
  );
  await dc1.agent.delete("/v1/connect/intentions/exact?source=web&destination=db");
});

test("all hops agree on which half of the connections is traced, and none tells of the others, by gRPC", async () => {
  await using receiver = await OtlpReceiver.start("grpc");
  exportTo(receiver, { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" });
  const { proxies } = facts();
  await Promise.all(proxies.map((program) => program.restart()));
  await soonAcross(converse);
  const since = BigInt(Date.now()) * 1_000_000n;
  const count = 40;
  for (let each = 0; each < count; each++) await converse();
  const agreed = () => {
    const spans = receiver.spans.filter(({ startNs }) => startNs >= since);
    const lines = tracesOf(spans).map(lineOf);
    for (const line of lines) expect(line.map(hop)).toEqual(FIVE_HOPS);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(count);
    for (const service of ["web-sidecar-proxy", "gateway-dc1", "gateway-dc2", "outside"]) {
      const own = spans.filter(isOf(service, "mesh.connection")).filter(wasCarried);
      expect(own.length, service).toBe(lines.length);
    }
  };
  await eventually(agreed);
  // What is still to be sent is sent on the way out.
  await Promise.all(proxies.map((program) => program[Symbol.asyncDispose]()));
  agreed();
});
