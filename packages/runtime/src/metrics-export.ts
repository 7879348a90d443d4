import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Metrics that are pushed, or not. */
export type MetricsExport = {
  /** Sends the last values, then stops. */
  readonly stop: () => Promise<void>;
};

export type MetricsExportOptions = {
  /** `service.name` unless OTEL_SERVICE_NAME says another. */
  readonly service: string;
  /** Further facts about this process, by OpenTelemetry's names. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly env?: Environment;
  readonly clock: Clock;
  /** Told when values begin to be lost. */
  readonly log: Pick<Logger, "info" | "warn">;
  readonly metrics: Metrics;
};

/**
 * Pushes metrics by OTLP from here on if the standard OTEL_* variables ask for it; otherwise nothing of it is loaded, and Prometheus reads
 * them from the admin port, which it can in any case.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function exportMetrics(options: MetricsExportOptions): Promise<MetricsExport> {
  const { env = process.env } = options;
  if (!pushesMetrics(env)) return { stop: async () => {} };
  const { startPush } = await import("./metrics-push.ts");
  return startPush({ ...options, env });
}

/**
 * Whether metrics are pushed: when OTEL_METRICS_EXPORTER is otlp, or an endpoint is named for metrics alone. One that is named for all
 * signals is not enough: it may be a Jaeger's, which takes no metrics, and who has Prometheus would count everything twice.
 *
 * Throws an error that names the variable for an exporter that there is not.
 */
export function pushesMetrics(env: Environment): boolean {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return false;
  const named = env["OTEL_METRICS_EXPORTER"] || undefined;
  if (named === undefined) return Boolean(env["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]);
  if (named === "otlp") return true;
  if (named === "none" || named === "prometheus") return false;
  throw new Error(`OTEL_METRICS_EXPORTER must be otlp, prometheus or none, not "${named}"`);
}
