import type { Attributes } from "@opentelemetry/api";
import { ROOT_CONTEXT, TraceFlags, trace } from "./otel-api.ts";
import { type SpanIds, withSpanIds } from "./span-ids.ts";
import { markFailed, SPAN_KINDS, type SpanKindName, tracer } from "./spans.ts";
import { tracesAreExported } from "./trace-sampling.ts";
import { parseTraceparent } from "./tracing.ts";

/** A span that is over: of what is told only when it has ended, or took place where it could not be traced, such as in a worker thread. */
export type PastSpan = {
  readonly name: string;
  /** "internal" unless told. */
  readonly kind?: SpanKindName;
  readonly attributes: Attributes;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly failure?: { readonly code: string; readonly message: string };
  /** Spans of other traces that it has to do with. */
  readonly links?: readonly Omit<SpanIds, "parentSpanId">[];
  readonly children?: readonly PastSpan[];
};

/**
 * Puts a span that is over into a trace, and those within it beneath it: with these ids or, without any, as the beginning of a trace of
 * its own. Whether the trace is exported has been decided by whoever made the parent's id, or is by `isTraceTaken`.
 */
export function recordSpan(past: PastSpan, ids?: SpanIds): void {
  const parent = ids?.parentSpanId === undefined ? ROOT_CONTEXT : contextOf(ids.traceId, ids.parentSpanId);
  record(past, parent, ids);
}

/** Puts a span that is over beneath the one that a W3C `traceparent` names, if that is sampled. */
export function recordChildSpan(past: PastSpan, traceparent: string): void {
  const parent = tracesAreExported() ? parseTraceparent(traceparent) : undefined;
  if (parent === undefined || (parent.traceFlags & TraceFlags.SAMPLED) === 0) return;
  record(past, contextOf(parent.traceId, parent.spanId));
}

function record(past: PastSpan, parent: typeof ROOT_CONTEXT, ids?: SpanIds): void {
  const { name, kind = "internal", attributes, startedMs, endedMs, failure, links = [], children = [] } = past;
  const options = {
    kind: SPAN_KINDS[kind],
    attributes,
    startTime: startedMs,
    links: links.map((link) => ({ context: { ...link, traceFlags: TraceFlags.SAMPLED } })),
  };
  const span = withSpanIds(ids, () => tracer().startSpan(name, options, parent));
  if (!span.isRecording()) return;
  if (failure !== undefined) markFailed(span, failure);
  const within = trace.setSpan(parent, span);
  for (const child of children) record(child, within);
  span.end(endedMs);
}

function contextOf(traceId: string, spanId: string) {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}
