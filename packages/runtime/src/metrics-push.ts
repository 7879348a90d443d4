import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { Timer } from "./clock.ts";
import type { MetricsExport, MetricsExportOptions } from "./metrics-export.ts";
import { resourceOf } from "./otel-resource.ts";
import { otlpMetricExporter, otlpProtocol } from "./otlp-exporter.ts";

/** How often values are sent unless OTEL_METRIC_EXPORT_INTERVAL says otherwise. */
const INTERVAL_MS = 60_000;

/** Begins to push. Only `exportMetrics` loads this module, by dynamic import. */
export async function startPush(options: Required<MetricsExportOptions>): Promise<MetricsExport> {
  return new MetricsPush(options, await otlpMetricExporter(otlpProtocol(options.env, "METRICS")));
}

/**
 * Sends all values to a collector every so often, always as sums since the start ("cumulative"), which is what Prometheus has too. What
 * could not be sent is in the next values, so nothing is kept; it is told once when that begins, and once when it is over.
 */
class MetricsPush implements MetricsExport {
  readonly #options: Required<MetricsExportOptions>;
  readonly #exporter: PushMetricExporter;
  readonly #resource: ResourceMetrics["resource"];
  readonly #intervalMs: number;
  #timer: Timer | undefined;
  #failed = 0;

  constructor(options: Required<MetricsExportOptions>, exporter: PushMetricExporter) {
    const { service, attributes, env } = options;
    this.#options = options;
    this.#exporter = exporter;
    this.#resource = resourceOf(service, attributes);
    const asked = Number(env["OTEL_METRIC_EXPORT_INTERVAL"]);
    this.#intervalMs = asked > 0 ? asked : INTERVAL_MS;
    this.#wait();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#send();
    await this.#exporter.shutdown();
  }

  #wait(): void {
    this.#timer = this.#options.clock.setTimer(this.#intervalMs, () => {
      void this.#send().finally(() => {
        if (this.#timer !== undefined) this.#wait();
      });
    });
  }

  /** Never rejects. */
  async #send(): Promise<void> {
    const { log, metrics } = this.#options;
    const reason = await metrics.collect().then(
      (collected) => this.#export({ ...collected, resource: this.#resource }),
      (error: unknown) => String(error),
    );
    if (reason === undefined) {
      if (this.#failed > 0) log.info({ failed: this.#failed }, "metrics are taken again");
      this.#failed = 0;
      return;
    }
    this.#failed += 1;
    if (this.#failed === 1)
      log.warn({ reason }, "metrics are not taken: look at the collector that OTEL_EXPORTER_OTLP_… names");
  }

  /** Resolves with why it was in vain, or undefined. */
  #export(all: ResourceMetrics): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#exporter.export(all, ({ code, error }) => resolve(code === 0 ? undefined : (error?.message ?? "unknown")));
    });
  }
}
