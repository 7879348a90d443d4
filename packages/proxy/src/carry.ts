import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";
import type { Watch } from "./http/http-watch.ts";
import { pour } from "./pouring.ts";

/**
 * Carries bytes both ways until both directions have ended; rejects when a side breaks off.
 *
 * An end on one side is passed on as a half-close, so that a client which has sent its request and closed its sending side still gets
 * the answer; both sockets must allow that (`allowHalfOpen`). A side that is slow to read slows the other down.
 *
 * Both sockets belong to the connection, so that the failure of one ends the other. This is why `pour` will do, which leaves failures
 * alone and costs less than `pipeline`. A watch sees what is carried.
 */
export async function carry(connection: Connection, client: Socket, upstream: Socket, watch?: Watch): Promise<void> {
  connection.join(client, upstream);
  const closed = [
    closing(client, () => connection.abort({ code: "CLIENT_RESET", reason: "closed too early" })),
    closing(upstream, () => connection.abort({ code: "UPSTREAM_RESET", reason: "closed too early" })),
  ];
  pour(client, upstream, watch?.toUpstream);
  pour(upstream, client, watch?.toClient);
  await Promise.all(closed);
  watch?.end();
  connection.signal.throwIfAborted();
}

/** Resolves when the socket is closed; `early` is called when that was before both its directions had ended. */
async function closing(socket: Socket, early: () => void): Promise<void> {
  if (!socket.closed) {
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once("close", () => resolve());
    await promise;
  }
  if (!socket.readableEnded || !socket.writableFinished) early();
}
