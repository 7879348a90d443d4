import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** How instruments are made; the name comes first, and `seconds` makes gauges of seconds where there are several. */
const MADE = /\b(?:counter|gauge|histogram|observedGauge|observedCounter|seconds)\(\s*"([a-z_]+)"/g;
/** What stands for a metric in a query, but not the labels and functions of it. */
const NAMED = /\b(?:causeway|process|nodejs)_[a-z_]+/g;
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
