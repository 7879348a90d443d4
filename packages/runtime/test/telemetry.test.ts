import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask, openConnection, startEcho, waitUntilReady } from "./echo-service.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID = "00f067aa0ba902b7";

let collector: Server;
let received: Promise<{ readonly path: string | undefined; readonly body: string }>;
beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<Awaited<typeof received>>();
  received = promise;
  collector = createServer(async (request, response) => {
    resolve({ path: request.url, body: await text(request) });
    response.setHeader("content-type", "application/json").end("{}");
  });
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
});
afterEach(async () => {
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

test("a service exports its spans by OTLP when the standard variables ask for it, the last ones on its way out", async () => {
  await using service = await startEcho({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    OTEL_BSP_SCHEDULE_DELAY: "60000",
  });
  const { adminPort } = await waitUntilReady(service);
  await ask(adminPort, `/debug/trace?parent=00-${TRACE_ID}-${SPAN_ID}-01`);
  service.signal("SIGTERM");
  expect(await service.exited).toEqual({ code: 0, signal: null });

  const { path, body } = await received;
  expect(path).toBe("/v1/traces");
  const [{ resource, scopeSpans }] = JSON.parse(body).resourceSpans;
  expect(attributesOf(resource)).toMatchObject({
    "service.name": "echo",
    "service.namespace": "causeway",
    "deployment.environment.name": "test",
  });
  const [span] = scopeSpans[0].spans;
  expect(span).toMatchObject({ name: "echo.traced", traceId: TRACE_ID, parentSpanId: SPAN_ID });
  expect(attributesOf(span)).toEqual({ "server.address": "here" });
});

test("a service pushes its metrics by OTLP when it is asked to, the last values on its way out", async () => {
  await using service = await startEcho({
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_TRACES_EXPORTER: "none",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  });
  const { listenPort } = await waitUntilReady(service);
  (await openConnection(listenPort)).destroy();
  service.signal("SIGTERM");
  expect(await service.exited).toEqual({ code: 0, signal: null });

  const { path, body } = await received;
  expect(path).toBe("/v1/metrics");
  const [{ resource, scopeMetrics }] = JSON.parse(body).resourceMetrics;
  expect(attributesOf(resource)).toMatchObject({ "service.name": "echo", "service.namespace": "causeway" });
  const counted = scopeMetrics[0].metrics.find(({ name }: { name: string }) => name === "echo_connections_total");
  expect(counted.sum).toMatchObject({ isMonotonic: true, dataPoints: [expect.objectContaining({ asDouble: 1 })] });
});

test("a collector that cannot be reached does not keep a service from ending", async () => {
  await using service = await startEcho({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
    OTEL_METRICS_EXPORTER: "otlp",
  });
  const { adminPort } = await waitUntilReady(service);
  await ask(adminPort, "/debug/trace");
  service.signal("SIGTERM");
  expect(await service.exited).toEqual({ code: 0, signal: null });
});

type OtlpAttributes = {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
};

function attributesOf({ attributes }: OtlpAttributes): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}
