import { isIPv6, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** `host:port`, with an IPv6 address in brackets. */
export function printAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Closes a socket so that the far side sees a reset, as far as its kind allows; a TLS peer sees the end of TCP without a close_notify. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket instanceof TLSSocket || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

/** The socket that a TLS socket was made of, if it was. Node tells this by no public name, and by nothing else once it is closed. */
export function underlying(socket: Socket): Socket | undefined {
  return (socket as Socket & { readonly _parent?: Socket })._parent;
}

/** What is waited for took too long. */
export class TimedOut extends Error {}

/** A wait on a socket: for how long, and until what. */
export type Wait = {
  readonly event: "connect" | "secureConnect";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/**
 * Resolves when `socket` emits `event`. Otherwise the socket is destroyed, and the promise rejects with the socket's error, `TimedOut`,
 * or the signal's reason.
 */
export function waitFor(socket: Socket, { event, timeoutMs, signal }: Wait): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new TimedOut(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const abort = () => reject(signal.reason);
  const close = () => reject(new Error("the connection was closed"));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  socket.once(event, resolve).once("error", reject).once("close", close);
  return promise
    .catch((error: unknown) => {
      // It may fail once more while it is being destroyed.
      socket.on("error", () => {});
      socket.destroy();
      throw error;
    })
    .finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off(event, resolve).off("error", reject).off("close", close);
    });
}
