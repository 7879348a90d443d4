import { type PastSpan, recordChildSpan } from "@causeway/runtime";

/** A write that a gateway has heard of, by its trace, and when that was, in milliseconds since 1970. */
export type HeardWrite = { readonly traceparent: string; readonly heardMs: number };

/** Writes that lead to one table of which a span is recorded each; of more it is only told how many they were. */
const MOST_TRACED = 100;

/** The writes that have been heard of since the last table. */
export class HeardWrites {
  readonly #heard = new Map<string, number>();

  /** Notes that the write of this trace has changed something; it may have changed more before. */
  heard(traceparent: string, nowMs: number): void {
    if (!this.#heard.has(traceparent)) this.#heard.set(traceparent, nowMs);
  }

  /** Gives them, the first one first, and forgets them. */
  take(): readonly HeardWrite[] {
    const writes = [...this.#heard].map(([traceparent, heardMs]) => ({ traceparent, heardMs }));
    this.#heard.clear();
    return writes;
  }
}

/** Records in the trace of each write that the table which it led to is in use now: from when it was heard of until then. */
export function traceSwap(writes: readonly HeardWrite[], facts: PastSpan["attributes"], nowMs: number): void {
  const attributes = { ...facts, "causeway.writes": writes.length };
  for (const { traceparent, heardMs } of writes.slice(0, MOST_TRACED)) {
    recordChildSpan({ name: "mesh.swap", attributes, startedMs: heardMs, endedMs: nowMs }, traceparent);
  }
}
