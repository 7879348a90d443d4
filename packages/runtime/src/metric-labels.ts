import type { Attributes } from "@opentelemetry/api";

/** A label whose values are not known beforehand: it keeps so many, and counts what comes after them under "other". */
export type Bounded = { readonly atMost: number };

/** Every label of an instrument with all that it can be, so that the number of time series is known. */
export type LabelSpec = { readonly [name: string]: readonly string[] | Bounded };

/** The labels of an instrument that has none. */
export type NoLabels = Record<never, never>;

type LabelValue<S> = S extends readonly (infer V)[] ? V : string;

/** What must be said with each value: all labels, or nothing where there are none. */
export type Labels<L extends LabelSpec> = keyof L extends never
  ? []
  : [labels: { readonly [K in keyof L]: LabelValue<L[K]> }];

/** What a value that is not of its set is counted under. */
const OTHER = "other";

/** A label that takes at most `count` different values, for names that users choose: services, say. */
export function atMost(count: number): Bounded {
  return { atMost: count };
}

/**
 * Gives the attributes to record with a value: the very labels of `spec`, each one of its set. What the types cannot have stopped (a
 * value from the network) is counted as "other" rather than let the number of series grow.
 */
export function labelGuard(spec: LabelSpec = {}): (labels: Readonly<Record<string, string>> | undefined) => Attributes {
  const sets = Object.entries(spec).map(([name, values]) => [name, accept(values)] as const);
  return (labels = {}) => {
    const attributes: Attributes = {};
    for (const [name, accepted] of sets) {
      const value = labels[name] ?? "";
      attributes[name] = accepted(value) ? value : OTHER;
    }
    return attributes;
  };
}

function accept(values: readonly string[] | Bounded): (value: string) => boolean {
  const known = new Set("atMost" in values ? [] : values);
  if (!("atMost" in values)) return (value) => known.has(value);
  return (value) => {
    if (known.has(value)) return true;
    if (known.size === values.atMost) return false;
    known.add(value);
    return true;
  };
}
