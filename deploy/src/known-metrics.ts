import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** How instruments are made; the name comes first, and `seconds` makes gauges of seconds where there are several. */
const MADE = /\b(?:counter|gauge|histogram|observedGauge|observedCounter|seconds)\(\s*"([a-z_]+)"/g;
/** What stands for a metric in a query, but not the labels and functions of it. */
const NAMED = /\b(?:causeway|process|nodejs|gnatsd|jetstream)_[a-z_]+/g;
const HISTOGRAM = /_(?:bucket|sum|count)$/;

/** The name of every metric that a service or proxy can have, by their sources. */
export function knownMetrics(): ReadonlySet<string> {
  const files = globSync("{packages,services}/*/src/**/*.ts", {
    cwd: ROOT,
    exclude: ["**/*.test.ts", "**/testing/**"],
  });
  const names = files.flatMap((file) => {
    // An example in a comment makes none.
    const source = readFileSync(resolve(ROOT, file), "utf8").replaceAll(/^ *\*.*$/gm, "");
    return [...source.matchAll(MADE)].map(([, name = ""]) => name);
  });
  return new Set(names);
}

/** The metrics that a text names, such as a query: of a histogram's series, the histogram. */
export function metricsIn(text: string, known: ReadonlySet<string>): readonly string[] {
  const names = [...text.matchAll(NAMED)].map(([name]) => name);
  return [...new Set(names.map((name) => (known.has(name) ? name : name.replace(HISTOGRAM, ""))))];
}

/** What is asked of prometheus-nats-exporter besides what NATS answers at `/varz`. */
const OF_HEALTH_AND_STREAMS = ["gnatsd_healthz_status_value", "jetstream_stream_total_bytes"];

/**
 * The names of the metrics that prometheus-nats-exporter makes of a NATS server: of each number that it answers at `/varz`, by its path,
 * and those of its health and streams that are asked for here.
 */
export function natsMetrics(varz: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set([...OF_HEALTH_AND_STREAMS, ...numbersIn(varz, "gnatsd_varz")]);
}

function numbersIn(value: object, path: string): readonly string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (typeof inner === "number") return [`${path}_${key}`];
    return typeof inner === "object" && inner !== null ? numbersIn(inner, `${path}_${key}`) : [];
  });
}
