import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock, Timer } from "@causeway/runtime";
import type { Connection } from "./connection.ts";

const LOOK_EVERY_MS = 1_000;

/**
 * Ends connections whose last bytes wait for somebody who has gone. Node may lose the failure of a write over TLS when the end was asked
 * for behind it: the socket then stays open for ever, though the kernel has no peer for it any more.
 */
export class GoneWatch {
  readonly #open: Iterable<Connection>;
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(open: Iterable<Connection>, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
    this.#schedule();
  }

  /** Watches no more. */
  close(): void {
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(LOOK_EVERY_MS, () => {
      for (const connection of this.#open) endIfGone(connection);
      this.#schedule();
    });
  }
}

function endIfGone(connection: Connection): void {
  if (connection.carriage === undefined) return;
  const { client, upstream } = connection.carriage;
  // As long as anything is still read from either side, that side's own end or failure tells.
  if (!client.readableEnded || !upstream.readableEnded) return;
  if (isAlone(client)) connection.abort({ code: "CLIENT_RESET", reason: "gone before it had the last bytes" });
  if (isAlone(upstream)) connection.abort({ code: "UPSTREAM_RESET", reason: "gone before it had the last bytes" });
}

/** Whether a socket that still has something to send has no peer. */
function isAlone(socket: Socket): boolean {
  return (
    socket instanceof TLSSocket && !socket.destroyed && !socket.writableFinished && socket.remoteAddress === undefined
  );
}
