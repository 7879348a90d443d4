import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import type { SeenRequest } from "@causeway/testkit";

/** A call that takes longer counts as failed; a machine with other work does not take as long. */
const TIMEOUT_MS = 20_000;

/** How a call is made. */
export type CallOptions = { readonly path?: string; readonly host?: string };

/**
 * Calls the service behind a local port over a connection of its own, as an application calls its sidecar, and gives what the service
 * saw of the request. Rejects when the connection breaks, or the answer is none of success.
 */
export async function call(port: number, { path = "/", host }: CallOptions = {}): Promise<SeenRequest> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = host === undefined ? {} : { host };
  const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false, signal }).end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  const answer = (await json(response)) as SeenRequest;
  if (response.statusCode !== 200) throw new Error(`the call was answered with ${response.statusCode}`);
  return answer;
}
