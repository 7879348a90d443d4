import type { Topics } from "../views/topics.ts";
import type { ApiRequest } from "./endpoint.ts";

/**
 * Readings that several requests can share: a change that wakes a thousand long polls for one service is read, and rendered, once, and
 * while they wait they are held by one function.
 *
 * Everything is held weakly: a reading as long as somebody waits with it, its answer as long as somebody is being sent it.
 */
export class SharedReadings {
  readonly #readings = new Map<string, WeakRef<() => object>>();
  readonly #forgotten = new FinalizationRegistry<string>((question) => {
    if (this.#readings.get(question)?.deref() === undefined) this.#readings.delete(question);
  });

  /** What gives for `question` what `read` gives, or gave to whoever asked for the same since the last change that `topics` reported. */
  of<T extends object>(topics: Topics, question: string, read: () => T): () => T {
    const known = this.#readings.get(question)?.deref();
    // The question says all that a reading depends on besides the view, its type included.
    if (known !== undefined) return known as () => T;
    const shared = readOnce(topics, read);
    this.#readings.set(question, new WeakRef(shared));
    this.#forgotten.register(shared, question);
    return shared;
  }
}

function readOnce<T extends object>(topics: Topics, read: () => T): () => T {
  let version = -1;
  let last: WeakRef<T> | undefined;
  return () => {
    const known = topics.version === version ? last?.deref() : undefined;
    if (known !== undefined) return known;
    const reading = read();
    version = topics.version;
    last = new WeakRef(reading);
    return reading;
  };
}

/** Everything that a request's answer depends on besides the view: its path and query, but for how long it waits. */
export function questionOf({ path, query }: Pick<ApiRequest, "path" | "query">): string {
  const rest = new URLSearchParams(query);
  for (const name of ["index", "wait"]) rest.delete(name);
  return `${path}?${rest}`;
}
