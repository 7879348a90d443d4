import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Environment } from "./environment.ts";

/** How spans and metrics travel to a collector. */
export type OtlpProtocol = "grpc" | "http/protobuf" | "http/json";

/**
 * How the environment says that a signal travels: by HTTP with protobuf unless told, as the specification has it. Throws an error that names
 * the variable for a protocol that there is not.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specify-protocol
 */
export function otlpProtocol(env: Environment, signal: "TRACES" | "METRICS" = "TRACES"): OtlpProtocol {
  for (const name of [`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`, "OTEL_EXPORTER_OTLP_PROTOCOL"]) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    if (value === "grpc" || value === "http/protobuf" || value === "http/json") return value;
    throw new Error(`${name} must be grpc, http/protobuf or http/json, not "${value}"`);
  }
  return "http/protobuf";
}

/**
 * The exporter for a protocol, loaded only now: gRPC alone costs megabytes. It reads endpoint, headers, certificates, compression and
 * timeout from the standard OTEL_EXPORTER_OTLP_* variables of this process by itself.
 */
export async function otlpExporter(protocol: OtlpProtocol): Promise<SpanExporter> {
  switch (protocol) {
    case "grpc":
      return new (await import("@opentelemetry/exporter-trace-otlp-grpc")).OTLPTraceExporter();
    case "http/protobuf":
      return new (await import("@opentelemetry/exporter-trace-otlp-proto")).OTLPTraceExporter();
    case "http/json":
      return new (await import("@opentelemetry/exporter-trace-otlp-http")).OTLPTraceExporter();
  }
}

/** The same of metrics. */
export async function otlpMetricExporter(protocol: OtlpProtocol): Promise<PushMetricExporter> {
  switch (protocol) {
    case "grpc":
      return new (await import("@opentelemetry/exporter-metrics-otlp-grpc")).OTLPMetricExporter();
    case "http/protobuf":
      return new (await import("@opentelemetry/exporter-metrics-otlp-proto")).OTLPMetricExporter();
    case "http/json":
      return new (await import("@opentelemetry/exporter-metrics-otlp-http")).OTLPMetricExporter();
  }
}
