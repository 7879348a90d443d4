import type { Span } from "@opentelemetry/api";
import { SpanKind, SpanStatusCode, trace } from "./otel-api.ts";

/** Which side of a call a span stands for, if any. */
export type SpanKindName = keyof typeof SPAN_KINDS;

export const SPAN_KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** The tracer is looked up for each span: it comes to life when telemetry is started, and costs nearly nothing before. */
export const tracer = () => trace.getTracer("causeway");

/** Marks a span as failed. The code is one of few, which the message is not. */
export function markFailed(span: Span, { code, message }: { readonly code: string; readonly message: string }): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute("error.type", code);
}
