import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** Closes a socket at once, so that the far side sees a reset, beneath TLS as well; one that has been ended is only closed. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket instanceof TLSSocket) resetBeneath(socket);
  // Once it has been ended a reset fails, and would leave the descriptor open: the kernel is busy with the shutdown.
  else if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * Resets the socket beneath a TLS socket, which closes both. The end of TCP alone would not do: without a close_notify too, Node takes
 * it for an orderly end of one direction.
 *
 * It happens in a turn of its own, since it frees the TLS state, and it may be OpenSSL that is calling back.
 */
function resetBeneath(secure: TLSSocket): void {
  setImmediate(() => {
    const raw = underlying(secure);
    if (raw === undefined || secure.destroyed || secure.writableEnded) secure.destroy();
    else reset(raw);
  });
}

/** The socket that a TLS socket was made of, if it was. Node tells this by no public name, and by nothing else once it is closed. */
export function underlying(socket: Socket): Socket | undefined {
  return (socket as Socket & { readonly _parent?: Socket | null })._parent ?? undefined;
}

/** What is waited for took too long. */
export class TimedOut extends Error {}

/** For how long something is waited for. */
export type Patience = { readonly timeoutMs: number; readonly signal: AbortSignal };

/** What `work` gives; rejects with `TimedOut` when it takes too long, and with the signal's reason when that aborts. `work` itself goes on. */
export async function within<T>(work: Promise<T>, { timeoutMs, signal }: Patience): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new TimedOut(`no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs);
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  work.then(resolve, reject);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  });
}

/**
 * Resolves when `socket` emits `event`. Otherwise the socket is destroyed, and the promise rejects with the socket's error, `TimedOut`,
 * or the signal's reason.
 */
export async function waitFor(socket: Socket, event: "connect" | "secureConnect", patience: Patience): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const close = () => reject(new Error("the connection was closed"));
  socket.once(event, resolve).once("error", reject).once("close", close);
  try {
    await within(promise, patience);
  } catch (error) {
    // It may fail once more while it is being destroyed.
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  } finally {
    socket.off(event, resolve).off("error", reject).off("close", close);
  }
}
