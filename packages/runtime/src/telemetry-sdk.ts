import { context, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ConsoleSpanExporter,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Environment } from "./environment.ts";
import { resourceOf } from "./otel-resource.ts";
import { otlpExporter, otlpProtocol } from "./otlp-exporter.ts";
import { spanIdGenerator } from "./span-ids.ts";
import { reportSpans } from "./span-news.ts";
import { SpanQueue } from "./span-queue.ts";
import type { Telemetry, TelemetryOptions } from "./telemetry.ts";
import { sampleTracesBy } from "./trace-sampling.ts";

/** What `startTelemetry` has found out. */
export type SdkOptions = Required<TelemetryOptions> & { readonly exporter: "otlp" | "console" };

/**
 * Starts the OpenTelemetry SDK. Only `startTelemetry` loads this module, by dynamic import, since it costs tens of milliseconds.
 *
 * The exporter and the resource follow the standard OTEL_* variables by themselves; the sampler and the batches are read here. Throws an
 * error that names the variable when the protocol is none.
 */
export async function startSdk(options: SdkOptions): Promise<Telemetry> {
  const { service, attributes, exporter, env } = options;
  const root = rootSampler(env);
  const provider = new TracerProvider({
    resource: resourceOf(service, attributes),
    sampler: isParentBased(env) ? new ParentBasedSampler({ root }) : root,
    idGenerator: spanIdGenerator,
    spanProcessors: [exporter === "console" ? toConsole() : await toCollector(options)],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  sampleTracesBy((traceId) => takes(root, traceId));
  return {
    exporting: true,
    stop: async () => {
      sampleTracesBy(undefined);
      await provider.shutdown();
    },
  };
}

function toConsole(): SpanProcessor {
  return new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() });
}

async function toCollector({ env, log, metrics }: SdkOptions): Promise<SpanProcessor> {
  const number = (name: string, fallback: number) => {
    const value = Number(env[name]);
    return env[name] && value > 0 ? value : fallback;
  };
  const maxWaiting = number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048);
  return new SpanQueue({
    exporter: await otlpExporter(otlpProtocol(env)),
    delayMs: number("OTEL_BSP_SCHEDULE_DELAY", 5_000),
    timeoutMs: number("OTEL_BSP_EXPORT_TIMEOUT", 30_000),
    maxWaiting,
    maxBatch: Math.min(maxWaiting, number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)),
    news: reportSpans(log, metrics),
  });
}

function takes(root: Sampler, traceId: string): boolean {
  const { decision } = root.shouldSample(ROOT_CONTEXT, traceId, "", SpanKind.INTERNAL, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

/** Whether a parent's decision goes before the sampler's own, which it does unless OTEL_TRACES_SAMPLER says otherwise. */
export function isParentBased({ OTEL_TRACES_SAMPLER: named }: Environment): boolean {
  return !named || named.startsWith("parentbased_");
}

/**
 * What OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say of traces that begin here, and of those of connections: all are taken unless
 * told.
 */
export function rootSampler({
  OTEL_TRACES_SAMPLER: named = "",
  OTEL_TRACES_SAMPLER_ARG: argument,
}: Environment): Sampler {
  const kind = named.replace(/^parentbased_/, "");
  if (kind === "always_off") return new AlwaysOffSampler();
  const ratio = Number(argument || "1");
  if (kind === "traceidratio" && ratio >= 0 && ratio <= 1) return new TraceIdRatioBasedSampler(ratio);
  return new AlwaysOnSampler();
}
