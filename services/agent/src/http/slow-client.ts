import type { ServerResponse } from "node:http";

/** How long a client may take to read an answer that did not fit its socket's buffer. */
const READ_TIMEOUT_MS = 30_000;

/** Ends the connection of a client that asks and then does not read, since its answer would stay in memory until it does. */
export function closeWhenUnread(response: ServerResponse, timeoutMs = READ_TIMEOUT_MS): void {
  const timer = setTimeout(() => response.destroy(), timeoutMs);
  timer.unref();
  response.once("close", () => clearTimeout(timer));
}
