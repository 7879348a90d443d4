import { carry } from "./carry.ts";
import type { Connection } from "./connection.ts";
import { authorize } from "./objections.ts";
import type { Steps } from "./steps.ts";

/** Carries one client connection through the proxy, from its first byte to its end. Rejects with a ConnectionError. */
export async function serveConnection(connection: Connection, steps: Steps): Promise<void> {
  try {
    connection.signal.throwIfAborted();
    await steps.readHello(connection);
    const asked = steps.match(connection);
    const { payload: client, source } = await steps.takeIn(connection, asked);

    // Matched again: the table may have changed during the handshake, and from here on every change is held against this connection.
    const route = steps.match(connection);
    if (source !== undefined) authorize(connection, route, source);

    const upstream = await steps.reach(connection, route);
    await carry(connection, client, upstream, steps.watch(connection, route));
  } catch (error) {
    throw connection.failureOf(error);
  }
}
