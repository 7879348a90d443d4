import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "@causeway/runtime";

/**
 * That whoever asked has given up by now, before anything was written for them: nothing is.
 *
 * Thrown through the handler of a request, and told to whoever asked: one that still waits knows then that the clocks differ.
 */
export class TooLate extends Error {
  override readonly name = "TooLate";
  /** What the time is here, in milliseconds since 1970. */
  readonly nowMs: number;

  constructor(nowMs: number, untilMs: number) {
    super(`came ${nowMs - untilMs} ms after whoever asked had given up: not carried out`);
    this.nowMs = nowMs;
  }
}

/** A request that is being answered. */
type Answering = { readonly untilMs: number; readonly clock: Pick<Clock, "now">; binding: boolean };

const answering = new AsyncLocalStorage<Answering>();

/**
 * Does what answers a request. Until `untilMs`, in milliseconds since 1970, it may begin to write; what has begun is finished. What it
 * leaves to be done after it, by timers, is bound by nothing.
 *
 * @throws TooLate when it is too late at once, or at the first write.
 */
export async function within<T>(
  untilMs: number | undefined,
  clock: Pick<Clock, "now">,
  work: () => Promise<T>,
): Promise<T> {
  if (untilMs === undefined) return await work();
  const request = { untilMs, clock, binding: true };
  return await answering.run(request, async () => {
    refuseLate();
    try {
      return await work();
    } finally {
      request.binding = false;
    }
  });
}

/** To be called before what cannot be taken back: throws a TooLate when the request that is being answered has nobody who waits for it. */
export function refuseLate(): void {
  const request = answering.getStore();
  if (request === undefined || !request.binding) return;
  const nowMs = request.clock.now();
  if (nowMs > request.untilMs) throw new TooLate(nowMs, request.untilMs);
}

/** Notes that something has been written for the request that is being answered: the rest follows, however late it is. */
export function noteWritten(): void {
  const request = answering.getStore();
  if (request !== undefined) request.binding = false;
}
