import type { Attributes, Context, Span, SpanContext } from "@opentelemetry/api";
import { context, isSpanContextValid, ROOT_CONTEXT, TraceFlags, trace } from "./otel-api.ts";
import { markFailed, SPAN_KINDS, type SpanKindName, tracer } from "./spans.ts";

/** Runs `work` inside a span named `name`; an error it throws is recorded and passed on. */
export function spanned<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
  kind: SpanKindName = "internal",
): Promise<T> {
  return tracer().startActiveSpan(name, { attributes, kind: SPAN_KINDS[kind] }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

function recordFailure(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known);
  const { code } = known as { code?: unknown };
  markFailed(span, { code: typeof code === "string" ? code : known.name, message: known.message });
}

/** Runs `work` outside of any span: for what outlives the one that is active, such as a socket that is listened on. */
export function untraced<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/**
 * The trace context of the span that is active here, as a W3C `traceparent`, to be sent along with a message; undefined when nothing is
 * traced.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function currentTraceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return undefined;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, "0")}`;
}

/** Runs `work` so that its spans become children of the one that `traceparent` names; without a legal one they begin a trace. */
export function withRemoteParent<T>(traceparent: string | undefined, work: () => T): T {
  return context.with(remoteContext(traceparent), work);
}

function remoteContext(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a W3C traceparent of this or a later version; undefined when it is malformed or all zero. */
export function parseTraceparent(traceparent: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(parent) ? parent : undefined;
}

/** The ids of the active span, for log lines; empty when nothing is traced. */
export function activeIds(): { readonly traceId?: string; readonly spanId?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return {};
  return { traceId: active.traceId, spanId: active.spanId };
}
