import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PastSpan, recordChildSpan, recordSpan } from "./past-span.ts";
import { spanIdGenerator } from "./span-ids.ts";
import { sampleTracesBy } from "./trace-sampling.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const IDS = { traceId: TRACE_ID, spanId: "00f067aa0ba902b7" };
const PARENT = "00f067aa0ba902b6";
const SPAN: PastSpan = {
  name: "mesh.connection",
  kind: "server",
  attributes: { "causeway.route": "db" },
  startedMs: 1_000_000_000_000,
  endedMs: 1_000_000_002_500,
};
const DIAL: PastSpan = { name: "mesh.dial", attributes: {}, startedMs: 1_000_000_001_000, endedMs: 1_000_000_002_000 };

describe("a span that is over", () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(1) });
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    trace.setGlobalTracerProvider(new TracerProvider({ sampler, idGenerator: spanIdGenerator, spanProcessors }));
    return () => trace.disable();
  });
  afterEach(() => exporter.reset());

  test("has its own times, its failure, and those within it as children", () => {
    const failure = { code: "DIAL_FAILED", message: "connection refused" };
    recordSpan({ ...SPAN, failure, children: [DIAL] });
    const [dial, connection] = exporter.getFinishedSpans();
    expect(dial?.parentSpanContext?.spanId).toBe(connection?.spanContext().spanId);
    expect(dial?.startTime).toEqual([1_000_000_001, 0]);
    expect(connection).toMatchObject({
      kind: SpanKind.SERVER,
      startTime: [1_000_000_000, 0],
      endTime: [1_000_000_002, 500_000_000],
      attributes: { "causeway.route": "db", "error.type": "DIAL_FAILED" },
      status: { code: SpanStatusCode.ERROR, message: "connection refused" },
      events: [],
    });
  });

  test("has the ids that it is given, and those within it have their own", () => {
    recordSpan({ ...SPAN, children: [DIAL] }, { ...IDS, parentSpanId: PARENT });
    const [dial, connection] = exporter.getFinishedSpans();
    expect(connection?.spanContext()).toMatchObject(IDS);
    expect(connection?.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: PARENT, isRemote: true });
    expect(dial?.spanContext().traceId).toBe(TRACE_ID);
    expect(dial?.spanContext().spanId).not.toBe(IDS.spanId);
  });

  test("begins a trace of this id without a parent, and one of its own without ids", () => {
    recordSpan(SPAN, IDS);
    recordSpan(SPAN);
    const [given, own] = exporter.getFinishedSpans();
    expect(given?.spanContext()).toMatchObject(IDS);
    expect(given?.parentSpanContext).toBeUndefined();
    expect(own?.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(own?.spanContext().traceId).not.toBe(TRACE_ID);
  });

  test("stands beneath the span that a traceparent names, if that is sampled and spans are exported", () => {
    const traceparent = `00-${TRACE_ID}-${PARENT}`;
    recordChildSpan(SPAN, `${traceparent}-01`);
    sampleTracesBy(() => false);
    recordChildSpan(SPAN, `${traceparent}-01`);
    recordChildSpan(SPAN, `${traceparent}-00`);
    recordChildSpan(SPAN, "nonsense");
    sampleTracesBy(undefined);
    const [span, ...others] = exporter.getFinishedSpans();
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: PARENT });
    expect(others).toEqual([]);
  });

  test("names the spans of other traces that it has to do with", () => {
    recordSpan({ ...SPAN, links: [IDS] });
    expect(exporter.getFinishedSpans()[0]?.links).toMatchObject([{ context: IDS }]);
  });
});
