import type { Socket } from "node:net";
import type { Clock } from "@causeway/runtime";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";

/** How long to wait for what a client sends, and until what. */
export type Patience = { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal };

/** What was looked for, and all that was read of the socket for it. */
export type Read<T> = { readonly found: T; readonly received: Buffer };

/**
 * Reads a socket until `read` finds what it looks for, and puts all that was read back, so that whoever takes the socket next finds it
 * untouched. `read` is called whenever there is something, and gives undefined while that is not enough.
 *
 * Rejects with what `read` throws, with `late` when it takes longer than `timeoutMs`, with CLIENT_CLOSED, or with the signal's reason; the
 * socket stays open then.
 */
export async function untilRead<T>(
  socket: Socket,
  { timeoutMs, clock, signal }: Patience,
  late: ConnectionFailure,
  read: () => Read<T> | undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const readable = () => {
    try {
      const done = read();
      if (done === undefined) return;
      stop();
      socket.unshift(done.received);
      resolve(done.found);
    } catch (error) {
      stop();
      reject(error);
    }
  };
  const closed = () => reject(new ConnectionError({ code: "CLIENT_CLOSED" }));
  const aborted = () => reject(signal.reason);
  const timer = clock.setTimer(timeoutMs, () => reject(new ConnectionError(late)));
  const stop = () => {
    timer.cancel();
    socket.off("readable", readable).off("end", closed).off("close", closed);
    signal.removeEventListener("abort", aborted);
  };
  if (signal.aborted) aborted();
  signal.addEventListener("abort", aborted, { once: true });
  socket.on("readable", readable).on("end", closed).on("close", closed);
  return promise.finally(stop);
}
