import type { Socket } from "node:net";
import type { Clock } from "@causeway/runtime";
import { ConnectionError } from "../errors.ts";

/** How long to wait, and until what. */
export type FirstBytesOptions = { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal };

/**
 * The first so many bytes that a client sends; they are put back, so that whoever takes the socket next finds it untouched.
 *
 * Rejects with IDLE or CLIENT_CLOSED, or the signal's reason.
 */
export async function firstBytes(
  socket: Socket,
  count: number,
  { timeoutMs, clock, signal }: FirstBytesOptions,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const read = () => {
    const bytes: Buffer | null = socket.read(count);
    if (bytes === null) return;
    stop();
    socket.unshift(bytes);
    resolve(bytes);
  };
  const closed = () => reject(new ConnectionError({ code: "CLIENT_CLOSED" }));
  const aborted = () => reject(signal.reason);
  const timer = clock.setTimer(timeoutMs, () => reject(new ConnectionError({ code: "IDLE", afterMs: timeoutMs })));
  const stop = () => {
    timer.cancel();
    socket.off("readable", read).off("end", closed).off("close", closed);
    signal.removeEventListener("abort", aborted);
  };
  if (signal.aborted) aborted();
  signal.addEventListener("abort", aborted, { once: true });
  socket.on("readable", read).on("end", closed).on("close", closed);
  return promise.finally(stop);
}
