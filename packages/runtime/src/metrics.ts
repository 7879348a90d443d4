import { createRequire } from "node:module";
import type { Meter } from "@opentelemetry/api";
import type * as Prometheus from "@opentelemetry/exporter-prometheus";
import type * as Resources from "@opentelemetry/resources";
import type * as Sdk from "@opentelemetry/sdk-metrics";
import { type LabelSpec, type Labels, labelGuard, type NoLabels } from "./metric-labels.ts";
import { Tally } from "./tally.ts";

// As ES modules these import all names of node:http, and with one of them, which nobody uses, the whole of undici: 4 MB.
const require = createRequire(import.meta.url);
const { PrometheusSerializer } = require("@opentelemetry/exporter-prometheus") as typeof Prometheus;
const { emptyResource } = require("@opentelemetry/resources") as typeof Resources;
const { DataPointType, MeterProvider, MetricReader } = require("@opentelemetry/sdk-metrics") as typeof Sdk;

/** What an instrument measures. */
export type InstrumentOptions<L extends LabelSpec> = {
  readonly description: string;
  /** A base unit: "s" or "By"; none for things that are counted. */
  readonly unit?: "s" | "By";
  /** The labels of every value, each with all that it can be. */
  readonly labels?: L;
};

export type HistogramOptions<L extends LabelSpec> = InstrumentOptions<L> & {
  /** Upper bounds of the buckets, rising; by default those for durations of connections and requests in seconds. */
  readonly buckets?: readonly number[];
};

/** A number that only rises. */
export type Counter<L extends LabelSpec> = { readonly add: (value: number, ...labels: Labels<L>) => void };
/** How values spread. */
export type Histogram<L extends LabelSpec> = { readonly record: (value: number, ...labels: Labels<L>) => void };
/** A number that is what it was last set to. */
export type Gauge<L extends LabelSpec> = { readonly set: (value: number, ...labels: Labels<L>) => void };
/** Tells the values of an observed gauge, each with its labels. */
export type Observe<L extends LabelSpec> = (observe: (value: number, ...labels: Labels<L>) => void) => void;

/** What one instrument says for one set of labels. */
export type Reading = { readonly name: string; readonly labels: Readonly<Record<string, string>> } & (
  | { readonly kind: "counter" | "gauge"; readonly value: number }
  | {
      readonly kind: "histogram";
      readonly count: number;
      readonly sum: number;
      readonly min: number;
      readonly max: number;
    }
);

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/** Reads all instruments when asked, and only then. */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * The metrics of one process: typed instruments, and their values in Prometheus' text format.
 *
 * Names are Prometheus' own (`causeway_connections_total`), units are seconds and bytes, labels come from closed sets and are always
 * the same set. The values are kept by the OpenTelemetry SDK.
 *
 * @example
 * const refused = metrics.counter("causeway_connections_refused_total", {
 *   description: "Connections that were not let through.",
 *   labels: { blame: ["client", "upstream"] },
 * });
 * refused.add(1, { blame: "client" });
 */
export class Metrics {
  readonly #reader = new OnDemandReader();
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  readonly #meter: Meter;
  readonly #tallies: Tally[] = [];

  constructor() {
    const provider = new MeterProvider({ resource: emptyResource(), readers: [this.#reader] });
    this.#meter = provider.getMeter("causeway");
  }

  counter<const L extends LabelSpec = NoLabels>(name: string, options: InstrumentOptions<L>): Counter<L> {
    const counter = this.#meter.createCounter(name, described(options));
    const names = Object.keys(options.labels ?? {});
    const tally = new Tally(names, labelGuard(options.labels), (sum, labels) => counter.add(sum, labels));
    this.#tallies.push(tally);
    return { add: (value, ...labels) => tally.add(value, labels[0]) };
  }

  histogram<const L extends LabelSpec = NoLabels>(name: string, options: HistogramOptions<L>): Histogram<L> {
    const explicitBucketBoundaries = [...(options.buckets ?? SECONDS_BUCKETS)];
    const histogram = this.#meter.createHistogram(name, {
      ...described(options),
      advice: { explicitBucketBoundaries },
    });
    const guard = labelGuard(options.labels);
    return { record: (value, ...labels) => histogram.record(value, guard(labels[0])) };
  }

  gauge<const L extends LabelSpec = NoLabels>(name: string, options: InstrumentOptions<L>): Gauge<L> {
    const gauge = this.#meter.createGauge(name, described(options));
    const guard = labelGuard(options.labels);
    return { set: (value, ...labels) => gauge.record(value, guard(labels[0])) };
  }

  /** A gauge that is asked for its values when metrics are read. */
  observedGauge<const L extends LabelSpec = NoLabels>(
    name: string,
    options: InstrumentOptions<L>,
    values: Observe<L>,
  ): void {
    const guard = labelGuard(options.labels);
    this.#meter.createObservableGauge(name, described(options)).addCallback((result) => {
      values((value, ...labels) => result.observe(value, guard(labels[0])));
    });
  }

  /** A counter that is asked for its values when metrics are read; they must only rise. */
  observedCounter<const L extends LabelSpec = NoLabels>(
    name: string,
    options: InstrumentOptions<L>,
    values: Observe<L>,
  ): void {
    const guard = labelGuard(options.labels);
    this.#meter.createObservableCounter(name, described(options)).addCallback((result) => {
      values((value, ...labels) => result.observe(value, guard(labels[0])));
    });
  }

  /** All values now, in Prometheus' text format. */
  async text(): Promise<string> {
    return this.#serializer.serialize(await this.collect());
  }

  /** All values now, one by one. */
  async readings(): Promise<Reading[]> {
    const { scopeMetrics } = await this.collect();
    return scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(readingsOf));
  }

  /** All values now, as OpenTelemetry's SDK has them, without a resource. */
  async collect(): Promise<Sdk.ResourceMetrics> {
    for (const tally of this.#tallies) tally.flush();
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, "some metrics could not be read");
    return resourceMetrics;
  }
}

function readingsOf(metric: Sdk.MetricData): Reading[] {
  const { name } = metric.descriptor;
  const labelled = (attributes: object) => ({ name, labels: { ...attributes } as Readonly<Record<string, string>> });
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map(({ attributes, value: { count, sum = 0, min = 0, max = 0 } }) => {
        return { ...labelled(attributes), kind: "histogram", count, sum, min, max };
      });
    case DataPointType.GAUGE:
      return metric.dataPoints.map(({ attributes, value }) => ({ ...labelled(attributes), kind: "gauge", value }));
    case DataPointType.SUM:
      return metric.dataPoints.map(({ attributes, value }) => ({ ...labelled(attributes), kind: "counter", value }));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [];
  }
}

function described({ description, unit }: InstrumentOptions<LabelSpec>): { description: string; unit?: string } {
  return unit === undefined ? { description } : { description, unit };
}
