import type { Reading } from "@causeway/runtime";

type Histogram = Extract<Reading, { kind: "histogram" }>;

/**
 * Metrics in the shape of Consul's: what only rises and what spreads are both told as an aggregate. It is one over the life of the
 * process, where Consul has one over ten seconds.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent#view-metrics
 */
export function metricsJson(readings: readonly Reading[], now: Date): Record<string, unknown> {
  const of = (kind: Reading["kind"]) => readings.filter((reading) => reading.kind === kind).toSorted(byName);
  return {
    Timestamp: `${now.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`,
    Gauges: of("gauge").map((one) => ({ Name: one.name, Value: sumOf(one), Labels: one.labels })),
    Points: [],
    Counters: of("counter").map((one) => {
      const value = sumOf(one);
      return aggregate({ ...one, kind: "histogram", count: 1, sum: value, min: value, max: value });
    }),
    Samples: of("histogram").flatMap((one) => (one.kind === "histogram" ? [aggregate(one)] : [])),
  };
}

function sumOf(reading: Reading): number {
  return reading.kind === "histogram" ? reading.sum : reading.value;
}

function aggregate({ name, labels, count, sum, min, max }: Histogram): Record<string, unknown> {
  const Mean = count === 0 ? 0 : sum / count;
  return { Name: name, Count: count, Rate: 0, Sum: sum, Min: min, Max: max, Mean, Stddev: 0, Labels: labels };
}

function byName(a: Reading, b: Reading): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
