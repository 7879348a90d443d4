import { randomBytes } from "node:crypto";

/** The ids of a span, in lower-case hex: 32 digits for the trace, 16 for a span; none is all zero. */
export type SpanIds = {
  readonly traceId: string;
  readonly spanId: string;
  /** Span of another process beneath which this one stands; without it the span is a trace's beginning. */
  readonly parentSpanId?: string | undefined;
};

let preset: SpanIds | undefined;

/** Runs `start`, in which a span that is started has these ids instead of random ones. */
export function withSpanIds<T>(ids: SpanIds | undefined, start: () => T): T {
  preset = ids;
  try {
    return start();
  } finally {
    preset = undefined;
  }
}

/** Random ids for a span that begins a trace, for whoever has to know them before there is the span. */
export function newTrace(): SpanIds {
  return { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };
}

/** Gives spans their ids: those of `withSpanIds`, and else random ones. */
export const spanIdGenerator = {
  generateTraceId: (): string => preset?.traceId ?? randomBytes(16).toString("hex"),
  generateSpanId: (): string => preset?.spanId ?? randomBytes(8).toString("hex"),
};
