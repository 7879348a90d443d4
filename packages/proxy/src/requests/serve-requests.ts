import type { Connection } from "../connection.ts";
import { ConnectionError } from "../errors.ts";
import type { Steps } from "../steps.ts";
import type { Patience } from "../until-read.ts";
import { firstBytes } from "./first-bytes.ts";
import type { RequestServers } from "./request-servers.ts";

/** How an HTTP/2 connection begins, and no HTTP/1.1 may. @see RFC 9113 section 3.4 */
const PREFACE = "PRI";

/** Serves the requests of one client, from its first byte to its end. Rejects with a ConnectionError. */
export async function serveRequests(
  connection: Connection,
  steps: Steps,
  servers: Promise<RequestServers>,
  patience: Omit<Patience, "signal">,
): Promise<void> {
  try {
    const { signal } = connection;
    signal.throwIfAborted();
    await steps.readHello(connection);
    const { matching } = connection.routes;
    if (matching?.by !== "host") throw new ConnectionError({ code: "ROUTE_GONE", route: connection.listener });
    connection.learn({ requestsBy: matching.inbound.kind });
    const { payload } = await steps.takeIn(connection, matching);
    const first = await firstBytes(payload, PREFACE.length, { ...patience, signal });
    await (await servers).serve(connection, payload, first.toString("latin1") === PREFACE ? "2" : "1");
  } catch (error) {
    throw connection.failureOf(error);
  }
}
