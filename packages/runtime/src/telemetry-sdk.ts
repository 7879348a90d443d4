import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Environment } from "./environment.ts";
import type { Telemetry } from "./telemetry.ts";

/** What `startTelemetry` has found out. */
export type SdkOptions = {
  readonly service: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly exporter: "otlp" | "console";
  readonly env: Environment;
};

/**
 * Starts the OpenTelemetry SDK. Only `startTelemetry` loads this module, by dynamic import, since it costs tens of milliseconds.
 *
 * The exporter and the resource follow the standard OTEL_* variables by themselves; the sampler and the batches are read here.
 */
export function startSdk({ service, attributes, exporter, env }: SdkOptions): Telemetry {
  const own = resourceFromAttributes({ "service.name": service, "service.namespace": "causeway", ...attributes });
  const said = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
  const provider = new TracerProvider({
    resource: defaultResource().merge(own).merge(said),
    sampler: chooseSampler(env),
    spanProcessors: [exporter === "console" ? toConsole() : toCollector(env)],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { exporting: true, stop: () => provider.shutdown() };
}

function toConsole(): SpanProcessor {
  return new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() });
}

function toCollector(env: Environment): SpanProcessor {
  const number = (name: string, fallback: number) => {
    const value = Number(env[name]);
    return env[name] && value > 0 ? value : fallback;
  };
  const maxQueueSize = number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048);
  return new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(),
    scheduledDelayMillis: number("OTEL_BSP_SCHEDULE_DELAY", 5_000),
    exportTimeoutMillis: number("OTEL_BSP_EXPORT_TIMEOUT", 30_000),
    maxQueueSize,
    maxExportBatchSize: Math.min(maxQueueSize, number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)),
  });
}

/** The sampler that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG ask for; follows the parent, else takes every trace, by default. */
export function chooseSampler(env: Environment): Sampler {
  const [, parentBased, kind] =
    /^(parentbased_)?(.*)$/.exec(env["OTEL_TRACES_SAMPLER"] || "parentbased_always_on") ?? [];
  const root = rootSampler(kind, env["OTEL_TRACES_SAMPLER_ARG"]);
  return parentBased === undefined ? root : new ParentBasedSampler({ root });
}

function rootSampler(kind: string | undefined, argument: string | undefined): Sampler {
  if (kind === "always_off") return new AlwaysOffSampler();
  const ratio = Number(argument || "1");
  if (kind === "traceidratio" && ratio >= 0 && ratio <= 1) return new TraceIdRatioBasedSampler(ratio);
  return new AlwaysOnSampler();
}
