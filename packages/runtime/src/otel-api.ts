import { createRequire } from "node:module";
import type * as Api from "@opentelemetry/api";

/**
 * OpenTelemetry's API, as what keeps the metrics has it: an import would load all of it a second time, 5 MB, since that one is no ES module.
 */
export const { context, isSpanContextValid, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } = createRequire(
  import.meta.url,
)("@opentelemetry/api") as typeof Api;
