import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";

/** The tracer is looked up for each span: it comes to life when telemetry is started, and costs nearly nothing before. */
const tracer = () => trace.getTracer("causeway");

/** Runs `work` inside a span named `name`; an error it throws is recorded and passed on. */
export function spanned<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, async (span) => {
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
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
  // A failure's code is one of few, which its message is not.
  const { code } = known as { code?: unknown };
  span.setAttribute("error.type", typeof code === "string" ? code : known.name);
}

/** A span that is over: what took place where it could not be traced as it happened, such as in a worker thread. */
export type PastSpan = {
  readonly name: string;
  readonly attributes: Attributes;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly children?: readonly PastSpan[];
};

/** Puts a span that is over into the trace, beneath `parent` or else as the beginning of one, and those within it. */
export function recordSpan(past: PastSpan, parent: Context = ROOT_CONTEXT): void {
  const span = tracer().startSpan(past.name, { attributes: past.attributes, startTime: past.startedMs }, parent);
  if (!span.isRecording()) return;
  if (past.failure !== undefined) recordFailure(span, Object.assign(new Error(past.failure.message), past.failure));
  const within = trace.setSpan(parent, span);
  for (const child of past.children ?? []) recordSpan(child, within);
  span.end(past.endedMs);
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
