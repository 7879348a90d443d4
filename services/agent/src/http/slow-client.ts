import type { ServerResponse } from "node:http";

/** How long a client may leave an answer lying that did not fit its socket's buffer. */
const READ_TIMEOUT_MS = 30_000;

/**
 * Ends the connection of a client that asks and then does not read, since its answer would stay in memory until it does. A client that
 * reads slowly gets all of it.
 */
export function closeWhenUnread(response: ServerResponse, timeoutMs = READ_TIMEOUT_MS): void {
  response.setTimeout(timeoutMs, () => response.destroy());
}
