import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { currentTraceparent, parseTraceparent, spanned, untraced, withRemoteParent } from "./tracing.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID = "00f067aa0ba902b7";
const PARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

describe("without telemetry", () => {
  test("spanned runs the work and gives its result, and nothing is sent along", async () => {
    expect(await spanned("mesh.dial", {}, async () => currentTraceparent())).toBeUndefined();
  });

  test("an error of the work is passed on", async () => {
    await expect(spanned("mesh.dial", {}, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  });
});

describe("with telemetry", () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
    return () => {
      trace.disable();
      context.disable();
    };
  });
  afterEach(() => exporter.reset());

  test("a span within a span is its child, across awaits", async () => {
    await spanned("mesh.connection", { "network.peer.address": "10.0.0.1" }, async () => {
      await Promise.resolve();
      await spanned("mesh.dial", {}, async () => {});
    });
    const [dial, connection] = exporter.getFinishedSpans();
    expect(connection?.attributes).toEqual({ "network.peer.address": "10.0.0.1" });
    expect(dial?.parentSpanContext?.spanId).toBe(connection?.spanContext().spanId);
  });

  test("what is sent along names the active span, and makes the far side's span its child", async () => {
    const sent = await spanned("config.apply", {}, async () => currentTraceparent());
    await withRemoteParent(sent, () => spanned("gateway.apply", {}, async () => {}));
    const [near, far] = exporter.getFinishedSpans();
    expect(far?.spanContext().traceId).toBe(near?.spanContext().traceId);
    expect(far?.parentSpanContext?.spanId).toBe(near?.spanContext().spanId);
  });

  test("a message without a trace begins one, even while another span is active", async () => {
    await spanned("outer", {}, () => withRemoteParent(undefined, () => spanned("inner", {}, async () => {})));
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext).toBeUndefined();
    expect(inner?.spanContext().traceId).not.toBe(outer?.spanContext().traceId);
  });

  test("what is done outside of any span belongs to none", async () => {
    await spanned("outer", {}, async () => {
      expect(untraced(currentTraceparent)).toBeUndefined();
      expect(currentTraceparent()).toBeDefined();
    });
  });

  test("an error marks the span and is passed on, with its code as error.type", async () => {
    const error = Object.assign(new Error("nobody listens"), { code: "DIAL_FAILED" });
    await expect(spanned("mesh.dial", {}, () => Promise.reject(error))).rejects.toBe(error);
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: "nobody listens" });
    expect(span?.attributes).toEqual({ "error.type": "DIAL_FAILED" });
    expect(span?.events.map(({ name }) => name)).toEqual(["exception"]);
  });

  test("log lines within a span carry its ids", async () => {
    const lines: string[] = [];
    const log = createLogger({ service: "catalog", format: "json", write: (line) => lines.push(line) });
    await withRemoteParent(PARENT, () => spanned("work", {}, async () => log.info("seen")));
    const [span] = exporter.getFinishedSpans();
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ traceId: TRACE_ID, spanId: span?.spanContext().spanId });
  });
});

describe("parseTraceparent", () => {
  test("reads a sampled and an unsampled parent", () => {
    expect(parseTraceparent(PARENT)).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, isRemote: true });
    expect(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-00`)).toMatchObject({ traceFlags: 0 });
  });

  test("reads what it knows of a later version", () => {
    expect(parseTraceparent(`01-${TRACE_ID}-${SPAN_ID}-03-more`)).toMatchObject({ traceId: TRACE_ID, traceFlags: 1 });
  });

  for (const malformed of [
    "",
    "x",
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `00-${"0".repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${"0".repeat(16)}-01`,
    PARENT.toUpperCase(),
    ` ${PARENT}`,
  ]) {
    test(`does not take ${JSON.stringify(malformed)}`, () => expect(parseTraceparent(malformed)).toBeUndefined());
  }

  test("never fails", () => {
    fc.assert(fc.property(fc.string(), (text) => parseTraceparent(text) === undefined));
  });
});
