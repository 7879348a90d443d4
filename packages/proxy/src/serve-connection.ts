import { spanned } from "@causeway/runtime";
import { carry } from "./carry.ts";
import type { Connection } from "./connection.ts";
import { authorize } from "./objections.ts";
import type { Steps } from "./steps.ts";

/** Carries one client connection through the proxy, from its first byte to its end. Rejects with a ConnectionError. */
export function serveConnection(connection: Connection, steps: Steps): Promise<void> {
  return spanned("mesh.connection", { "network.peer.address": connection.clientAddress }, async (span) => {
    try {
      connection.signal.throwIfAborted();
      await steps.readHello(connection);
      const asked = steps.match(connection);
      const { payload: client, source } = await steps.takeIn(connection, asked);

      // Matched again: the table may have changed during the handshake, and from here on every change is held against this connection.
      const route = steps.match(connection);
      if (source !== undefined) authorize(connection, route, source);

      const upstream = await steps.reach(connection, route);
      await carry(connection, client, upstream);
    } catch (error) {
      throw connection.failureOf(error);
    } finally {
      span.setAttributes(attributesOf(connection));
    }
  });
}

function attributesOf({ known }: Connection): Record<string, string> {
  const { serverName, route, source, endpoint, target, failover } = known;
  return {
    ...(serverName === undefined ? {} : { "tls.client.server_name": serverName }),
    ...(route === undefined ? {} : { "mesh.destination": route.name }),
    ...(source === undefined ? {} : { "mesh.source": source }),
    ...(endpoint === undefined ? {} : { "network.peer.endpoint": endpoint }),
    ...(target === undefined ? {} : { "mesh.target": target }),
    ...(failover === undefined ? {} : { "mesh.failover.code": failover.code, "mesh.failover.reason": failover.reason }),
  };
}
