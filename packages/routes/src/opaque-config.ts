import { weakBoolean, weakInteger, weakMap, weakText } from "./weak.ts";

/** What is wrong with one key of an opaque configuration. */
export type OptionProblem = { readonly key: string; readonly reason: string };

type Reader<T> = { readonly kind: string; readonly read: (value: unknown) => T | undefined };

/**
 * A `Proxy.Config` or an upstream's `Config`, read weakly typed and never failing: a key that cannot be read is as good as absent, and
 * is listed under `problems`. Keys are matched without regard to case, and unknown ones are not looked at, as in Consul.
 */
export class OpaqueConfig {
  readonly #values = new Map<string, unknown>();
  readonly #problems: OptionProblem[] = [];

  /** Takes the first of `configs` that has a key for it: an instance's own configuration goes before the defaults. */
  constructor(...configs: readonly (Readonly<Record<string, unknown>> | undefined)[]) {
    for (const config of configs) {
      for (const [key, value] of Object.entries(config ?? {})) {
        const name = key.toLowerCase();
        if (!this.#values.has(name)) this.#values.set(name, value);
      }
    }
  }

  /** What was found unreadable by the reads so far. */
  get problems(): readonly OptionProblem[] {
    return this.#problems;
  }

  /** A whole number, or undefined when no key of `keys` has one; the first key that is there decides. */
  integer(...keys: readonly string[]): number | undefined {
    return this.#read(keys, { kind: "a whole number", read: weakInteger });
  }

  boolean(...keys: readonly string[]): boolean | undefined {
    return this.#read(keys, { kind: "true or false", read: weakBoolean });
  }

  text(...keys: readonly string[]): string | undefined {
    return this.#read(keys, { kind: "a text", read: weakText });
  }

  map(...keys: readonly string[]): Readonly<Record<string, unknown>> | undefined {
    return this.#read(keys, { kind: "a map", read: weakMap });
  }

  /** What stands under a key, for a reader of its own; undefined when nothing does. */
  raw(key: string): unknown {
    return this.#values.get(key.toLowerCase());
  }

  /** Notes a problem that only the meaning of a value shows. */
  refuse(key: string, reason: string): void {
    this.#problems.push({ key, reason });
  }

  #read<T>(keys: readonly string[], { kind, read }: Reader<T>): T | undefined {
    const key = keys.find((name) => this.#values.get(name.toLowerCase()) !== undefined);
    if (key === undefined) return undefined;
    const value = this.#values.get(key.toLowerCase());
    if (value === null) return undefined;
    const understood = read(value);
    if (understood === undefined) this.refuse(key, `${JSON.stringify(value)} is not ${kind}; the default is used`);
    return understood;
  }
}
