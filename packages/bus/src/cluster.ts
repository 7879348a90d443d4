import type { NatsConnection } from "@nats-io/transport-node";

/** A look at what the client knows already costs nothing. */
const LOOK_MS = 500;

/**
 * Calls `gone` when a server of the cluster that this connection goes to has gone, until the function that comes back is called.
 *
 * What one is following may be kept by any server of a cluster, and ends with that; the client's own watch over it finds out after a
 * minute. The server that one is connected to tells at once who is left, but the client only passes on what it has not been configured
 * with, so that it is looked up. Servers that are told not to (`no_advertise`) say nothing.
 */
export function whenServerGone(connection: Pick<NatsConnection, "info">, gone: () => void): () => void {
  let known: ReadonlySet<string> = new Set();
  let server: string | undefined;
  const look = () => {
    const { server_id, connect_urls = [] } = connection.info ?? {};
    const now = new Set(connect_urls);
    const missing = [...known].some((url) => !now.has(url));
    // Another server than before has been connected to, which is told otherwise.
    if (missing && server_id === server) gone();
    known = now;
    server = server_id;
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
