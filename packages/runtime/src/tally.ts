import type { Attributes } from "@opentelemetry/api";
import type { labelGuard } from "./metric-labels.ts";

/** So many sets of labels are summed up before they are handed on, which bounds them whatever the labels are. */
const MOST_SETS = 1_000;

/** Between the values of a set's labels; no name that is counted has it. */
const SEPARATOR = "\0";

type Guard = ReturnType<typeof labelGuard>;

/**
 * What is counted between two readings, summed up for each set of labels: a look-up where the SDK makes and sorts a text of the labels for
 * each value, which for a gateway is several for each connection.
 */
export class Tally {
  readonly #names: readonly string[];
  readonly #guard: Guard;
  readonly #handOn: (sum: number, attributes: Attributes) => void;
  readonly #sums = new Map<string, { readonly attributes: Attributes; sum: number }>();

  /** @param handOn - told of each sum at `flush`. */
  constructor(names: readonly string[], guard: Guard, handOn: (sum: number, attributes: Attributes) => void) {
    this.#names = names;
    this.#guard = guard;
    this.#handOn = handOn;
  }

  /** Adds to what is counted for these labels. */
  add(value: number, labels: Readonly<Record<string, string>> = {}): void {
    let key = "";
    for (const name of this.#names) key += labels[name] + SEPARATOR;
    const known = this.#sums.get(key);
    if (known !== undefined) known.sum += value;
    else {
      this.#sums.set(key, { attributes: this.#guard(labels), sum: value });
      if (this.#sums.size > MOST_SETS) this.flush();
    }
  }

  /** Hands on what has been counted. */
  flush(): void {
    for (const { sum, attributes } of this.#sums.values()) this.#handOn(sum, attributes);
    this.#sums.clear();
  }
}
