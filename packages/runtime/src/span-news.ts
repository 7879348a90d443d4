import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { DropReason, SpanNews } from "./span-queue.ts";

const REASONS: readonly DropReason[] = ["queue full", "not taken"];

/** Counts what becomes of spans, and tells once when they begin to be lost, and once when that is over. */
export function reportSpans(log: Pick<Logger, "info" | "warn">, metrics: Metrics): SpanNews {
  const exported = metrics.counter("causeway_spans_exported_total", {
    description: "Spans that the collector has taken.",
  });
  const dropped = metrics.counter("causeway_spans_dropped_total", {
    description: "Spans that were given up, since too many waited or the collector did not take them.",
    labels: { reason: REASONS },
  });
  return {
    exported: (spans) => exported.add(spans),
    dropped: (spans, reason) => dropped.add(spans, { reason }),
    losing: (reason) =>
      log.warn({ reason }, "spans are lost: look at the collector that OTEL_EXPORTER_OTLP_ENDPOINT names"),
    recovered: (spansLost) => log.info({ spansLost }, "spans are taken again"),
  };
}
