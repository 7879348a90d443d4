/**
 * Reads what a TLS client says in the clear, and writes what may be answered in the clear.
 *
 * ```ts
 * const result = readServerName(bytes);
 * if (result.kind === "found" && !served.has(result.serverName)) socket.end(unrecognizedNameAlert());
 * ```
 */
export { decodeErrorAlert, internalErrorAlert, unrecognizedNameAlert } from "./alerts.ts";
export {
  type ClientHello,
  type ClientHelloResult,
  MAX_CLIENT_HELLO_BYTES,
  readClientHello,
  readServerName,
  type SniResult,
} from "./client-hello.ts";
