/** Whether a trace of this id, 32 hex digits, is exported when nobody has decided it yet. */
export type TakesTrace = (traceId: string) => boolean;

let taken: TakesTrace | undefined;

/** Has traces sampled by `takes` from here on, or with undefined none; what starts and stops telemetry says so. */
export function sampleTracesBy(takes: TakesTrace | undefined): void {
  taken = takes;
}

/** Whether any span is exported. Where not, nothing need be learnt that only a span would tell. */
export function tracesAreExported(): boolean {
  return taken !== undefined;
}

/**
 * Whether the trace of this id is exported. Every process that samples at the same ratio answers the same for the same id, so that those
 * who derive the id from what all of them see need not tell each other; costs some tens of nanoseconds.
 */
export function isTraceTaken(traceId: string): boolean {
  return taken?.(traceId) ?? false;
}
