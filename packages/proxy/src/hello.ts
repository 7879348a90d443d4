import type { Socket } from "node:net";
import type { Clock } from "@causeway/runtime";
import { type ClientHello, readClientHello } from "@causeway/wire";
import { ConnectionError } from "./errors.ts";

/** How long to wait for a hello, and until what. */
export type HelloOptions = { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal };

/**
 * Reads the client's hello and puts all that was read back, so that whoever takes the socket next finds it untouched.
 *
 * Rejects with HELLO_TIMEOUT, NOT_TLS, HELLO_TOO_LARGE, CLIENT_CLOSED, or the signal's reason; the socket stays open then.
 */
export async function peekHello(socket: Socket, { timeoutMs, clock, signal }: HelloOptions): Promise<ClientHello> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHello>();
  let received: Buffer = Buffer.alloc(0);

  function read(): void {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const result = readClientHello(received);
    if (result.kind === "incomplete") return;
    stop();
    if (result.kind === "found") {
      socket.unshift(received);
      resolve(result.hello);
    } else if (result.kind === "too-large") {
      reject(new ConnectionError({ code: "HELLO_TOO_LARGE" }));
    } else {
      reject(new ConnectionError({ code: "NOT_TLS", found: result.reason }));
    }
  }
  const closed = () => reject(new ConnectionError({ code: "CLIENT_CLOSED" }));
  const aborted = () => reject(signal.reason);
  const timer = clock.setTimer(timeoutMs, () =>
    reject(new ConnectionError({ code: "HELLO_TIMEOUT", waitedMs: timeoutMs })),
  );
  function stop(): void {
    timer.cancel();
    socket.off("readable", read).off("end", closed).off("close", closed);
    signal.removeEventListener("abort", aborted);
  }
  if (signal.aborted) aborted();
  signal.addEventListener("abort", aborted, { once: true });
  socket.on("readable", read).on("end", closed).on("close", closed);
  return promise.finally(stop);
}
