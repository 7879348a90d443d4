import type { Clock } from "@causeway/runtime";
import { decodeErrorAlert, internalErrorAlert, unrecognizedNameAlert } from "@causeway/wire";
import type { Connection } from "./connection.ts";
import type { ConnectionFailure } from "./errors.ts";

/** How long a client may take to read the alert: closing with unread bytes would make the kernel send a reset that overtakes it. */
export const LINGER_MS = 1_000;

/** Tells a client that still waits for the answer to its ClientHello by a TLS alert why it gets none; resolves when that is done. */
export async function sayFarewell(connection: Connection, failure: ConnectionFailure, clock: Clock): Promise<void> {
  const { client, answerableInClear, signal } = connection;
  const alert = alertFor(failure);
  if (alert === undefined || !answerableInClear || signal.aborted || client.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(LINGER_MS, resolve);
  client.once("close", resolve);
  client.resume();
  client.end(alert);
  await promise;
  timer.cancel();
}

/** The alert that says to a client which has sent its ClientHello why it gets no answer to that; `undefined` when none fits. */
export function alertFor({ code }: ConnectionFailure): Uint8Array | undefined {
  switch (code) {
    case "NO_SNI":
    case "NO_ROUTE":
      return unrecognizedNameAlert();
    case "HELLO_TOO_LARGE":
      return decodeErrorAlert();
    case "NO_LEAF":
    case "NO_HEALTHY_ENDPOINT":
    case "DIAL_FAILED":
    case "UPSTREAM_TLS_FAILED":
    case "WRONG_PEER_IDENTITY":
    case "TLS_FILES_UNUSABLE":
      return internalErrorAlert();
    default:
      return undefined;
  }
}
