import { type LabelSpec, type Labels, labelText, type NoLabels } from "./metric-labels.ts";
import { HistogramSeries, NumberSeries, type Series } from "./metric-series.ts";

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

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/** A metric as it is told: what stands above its values, and how they are had. */
type Metric = {
  readonly head: string;
  readonly series: Series;
  /** Asks for the values anew, where they are not kept here. */
  readonly refresh?: () => void;
};

/**
 * The metrics of one process: typed instruments, and their values in Prometheus' text format.
 *
 * Names are Prometheus' own (`causeway_connections_total`), units are seconds and bytes, labels come from closed sets and are always
 * the same set. A metric shows once it has a value.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * @example
 * const refused = metrics.counter("causeway_connections_refused_total", {
 *   description: "Connections that were not let through.",
 *   labels: { blame: ["client", "upstream"] },
 * });
 * refused.add(1, { blame: "client" });
 */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  counter<const L extends LabelSpec = NoLabels>(name: string, options: InstrumentOptions<L>): Counter<L> {
    const series = this.#enter(name, "counter", options, new NumberSeries());
    const text = labelText(options.labels);
    return { add: (value, ...labels) => series.add(text(labels[0]), value) };
  }

  histogram<const L extends LabelSpec = NoLabels>(name: string, options: HistogramOptions<L>): Histogram<L> {
    const series = this.#enter(name, "histogram", options, new HistogramSeries(options.buckets ?? SECONDS_BUCKETS));
    const text = labelText(options.labels);
    return { record: (value, ...labels) => series.record(text(labels[0]), value) };
  }

  gauge<const L extends LabelSpec = NoLabels>(name: string, options: InstrumentOptions<L>): Gauge<L> {
    const series = this.#enter(name, "gauge", options, new NumberSeries());
    const text = labelText(options.labels);
    return { set: (value, ...labels) => series.set(text(labels[0]), value) };
  }

  /** A gauge that is asked for its values when metrics are read. */
  observedGauge<const L extends LabelSpec = NoLabels>(
    name: string,
    options: InstrumentOptions<L>,
    values: Observe<L>,
  ): void {
    this.#observe(name, "gauge", options, values);
  }

  /** A counter that is asked for its values when metrics are read; they must only rise. */
  observedCounter<const L extends LabelSpec = NoLabels>(
    name: string,
    options: InstrumentOptions<L>,
    values: Observe<L>,
  ): void {
    this.#observe(name, "counter", options, values);
  }

  /** All values now, in Prometheus' text format. */
  async text(): Promise<string> {
    const lines: string[] = [];
    for (const [name, { head, series, refresh }] of this.#metrics) {
      refresh?.();
      const values = series.lines(name);
      if (values.length > 0) lines.push(head, ...values, "");
    }
    return lines.join("\n");
  }

  #observe<L extends LabelSpec>(name: string, type: string, options: InstrumentOptions<L>, values: Observe<L>): void {
    const text = labelText(options.labels);
    const series = new NumberSeries();
    const refresh = () => {
      series.clear();
      values((value, ...labels) => series.set(text(labels[0]), value));
    };
    this.#enter(name, type, options, series, refresh);
  }

  /** Two metrics of one name would be told as one, and mean neither. */
  #enter<S extends Series>(
    name: string,
    type: string,
    { description }: InstrumentOptions<LabelSpec>,
    series: S,
    refresh?: () => void,
  ): S {
    if (this.#metrics.has(name)) throw new RangeError(`there is already a metric ${name}`);
    const help = description.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
    this.#metrics.set(name, { head, series, ...(refresh === undefined ? {} : { refresh }) });
    return series;
  }
}
