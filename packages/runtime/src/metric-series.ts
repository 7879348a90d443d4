/** One metric with all its time series: it tells its lines of Prometheus' text format, without its head. */
export interface Series {
  lines(name: string): string[];
}

/** One number for each set of labels: a counter or a gauge. */
export class NumberSeries implements Series {
  readonly #values = new Map<string, number>();

  /** Numbers only rise here: a negative one is not added. */
  add(labels: string, value: number): void {
    if (value >= 0) this.#values.set(labels, (this.#values.get(labels) ?? 0) + value);
  }

  set(labels: string, value: number): void {
    this.#values.set(labels, value);
  }

  clear(): void {
    this.#values.clear();
  }

  lines(name: string): string[] {
    return [...this.#values].map(([labels, value]) => sample(name, labels, value));
  }
}

/** How many values fell under each bound, for each set of labels. */
export class HistogramSeries implements Series {
  readonly #bounds: readonly number[];
  readonly #spreads = new Map<string, { readonly counts: number[]; sum: number }>();

  /** @param bounds - the highest value of each bucket, rising. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  record(labels: string, value: number): void {
    let spread = this.#spreads.get(labels);
    if (spread === undefined) {
      spread = { counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#spreads.set(labels, spread);
    }
    const fits = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = fits === -1 ? this.#bounds.length : fits;
    spread.counts[bucket] = (spread.counts[bucket] ?? 0) + 1;
    spread.sum += value;
  }

  lines(name: string): string[] {
    return [...this.#spreads].flatMap(([labels, { counts, sum }]) => {
      const prefix = labels === "" ? "" : `${labels},`;
      let total = 0;
      const buckets = counts.map((count, bucket) => {
        total += count;
        return sample(`${name}_bucket`, `${prefix}le="${numeral(this.#bounds[bucket] ?? Infinity)}"`, total);
      });
      return [...buckets, sample(`${name}_sum`, labels, sum), sample(`${name}_count`, labels, total)];
    });
  }
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${numeral(value)}`;
}

function numeral(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
