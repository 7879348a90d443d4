import type { Environment } from "./environment.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Tracing that has been started, or left off. */
export type Telemetry = {
  /** Whether spans are exported at all. */
  readonly exporting: boolean;
  /** Sends what has not been sent yet, then stops. */
  readonly stop: () => Promise<void>;
};

export type TelemetryOptions = {
  /** `service.name` of every span unless OTEL_SERVICE_NAME says another. */
  readonly service: string;
  /** Further facts about this process, by OpenTelemetry's names. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly env?: Environment;
  /** Told when spans begin to be lost. */
  readonly log: Pick<Logger, "info" | "warn">;
  /** Counts spans that were sent, and that were lost. */
  readonly metrics: Metrics;
};

const OFF: Telemetry = { exporting: false, stop: async () => {} };

/**
 * Exports spans from here on if the standard OTEL_* variables ask for it; otherwise nothing of the SDK is even loaded.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { env = process.env } = options;
  const exporter = chooseExporter(env);
  if (exporter === "none") return OFF;
  const { startSdk } = await import("./telemetry-sdk.ts");
  return startSdk({ attributes: {}, ...options, env, exporter });
}

/** Which exporter the environment asks for: none unless an endpoint or an exporter is named. */
export function chooseExporter(env: Environment): "otlp" | "console" | "none" {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return "none";
  const named = env["OTEL_TRACES_EXPORTER"];
  if (named === "none") return "none";
  if (named === "console") return "console";
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  return named === "otlp" || endpoint ? "otlp" : "none";
}

/** Where spans are sent to by OTLP, without a password; undefined while none are, or while only the default endpoint is meant. */
export function tracesEndpoint(env: Environment = process.env): string | undefined {
  if (chooseExporter(env) !== "otlp") return undefined;
  const named = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (named === undefined || !URL.canParse(named)) return undefined;
  const { origin, pathname } = new URL(named);
  return pathname === "/" ? origin : origin + pathname;
}
