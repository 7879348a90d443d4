import type { Span } from "./span.ts";

/** The last traces, as many as have room. */
export class TraceStore {
  readonly #traces = new Map<string, Span[]>();
  readonly #maxSpans: number;
  #spans = 0;

  /** @param maxSpans - how many are kept; with more the trace that was heard of first is forgotten as a whole. */
  constructor(maxSpans: number) {
    this.#maxSpans = maxSpans;
  }

  /** Keeps spans, each with the others of its trace. */
  add(spans: readonly Span[]): void {
    for (const span of spans) {
      const trace = this.#traces.get(span.traceId);
      if (trace === undefined) this.#traces.set(span.traceId, [span]);
      else trace.push(span);
      this.#spans += 1;
    }
    for (const [traceId, { length }] of this.#traces) {
      if (this.#spans <= this.#maxSpans || this.#traces.size === 1) break;
      this.#traces.delete(traceId);
      this.#spans -= length;
    }
  }

  /** All that are kept, trace by trace, the one that was heard of last at the end. */
  all(): readonly Span[] {
    return [...this.#traces.values()].flat();
  }
}
