import type { Topics } from "../views/topics.ts";
import type { ApiRequest } from "./endpoint.ts";

/**
 * Readings that several requests can share: a change that wakes a thousand long polls for one service is read, and rendered, once.
 *
 * They are held weakly, so that an answer is kept only while somebody is being sent it.
 */
export class SharedReadings {
  readonly #readings = new Map<string, WeakRef<object>>();
  #version = 0;

  /** What `read` gives, or gave to whoever asked for the same since the last change that `topics` reported. */
  read<T extends object>(topics: Topics, question: string, read: () => T): T {
    if (topics.version !== this.#version) {
      this.#readings.clear();
      this.#version = topics.version;
    }
    const known = this.#readings.get(question)?.deref();
    // The question says all that a reading depends on besides the view, its type included.
    if (known !== undefined) return known as T;
    const reading = read();
    this.#readings.set(question, new WeakRef(reading));
    return reading;
  }
}

/** Everything that a request's answer depends on besides the view: its path and query, but for how long it waits. */
export function questionOf({ path, query }: Pick<ApiRequest, "path" | "query">): string {
  const rest = new URLSearchParams(query);
  for (const name of ["index", "wait"]) rest.delete(name);
  return `${path}?${rest}`;
}
