import { connect, type Socket } from "node:net";
import type { Keepalive, RouteTarget } from "@causeway/routes";
import type { Candidate } from "./candidates.ts";
import type { Connection } from "./connection.ts";
import { explainDial } from "./dial-reasons.ts";
import { ConnectionError } from "./errors.ts";
import { placeBefore } from "./hop.ts";
import type { MeshPeer } from "./mesh-peer.ts";
import { connectToPour } from "./pouring.ts";
import { printAddress } from "./print-address.ts";
import { waitFor } from "./sockets.ts";
import { type Origination, originateTls } from "./tls-origination.ts";

/** A far side that was reached. */
export type Dialed = {
  readonly payload: Socket;
  /** `host:port`. */
  readonly address: string;
  /** The mesh identity that it has proved, where it was asked for one. */
  readonly peer?: MeshPeer | undefined;
};

type Address = Extract<Candidate, { readonly kind: "address" }>;

/**
 * Connects to one address and, where the target asks for it, begins TLS; both within the target's connect timeout.
 *
 * The socket belongs to nobody yet: whoever takes it closes it. Rejects with DIAL_FAILED, UPSTREAM_TLS_FAILED, WRONG_PEER_IDENTITY, or
 * the connection's own end, and has closed everything then.
 */
export async function dial(
  { host, endpoint }: Address,
  target: RouteTarget,
  origination: Origination | undefined,
  connection: Connection,
): Promise<Dialed> {
  const startedMs = performance.now();
  const address = printAddress(host, endpoint.port);
  // What TLS is begun on is read by that, and what carries requests by Node's HTTP.
  const begin = origination === undefined && connection.pours ? connectToPour : connect;
  const tcp = begin({ host, port: endpoint.port, allowHalfOpen: true, noDelay: true });
  await whenConnected(tcp, address, target, connection);
  if (origination === undefined) return { payload: tcp, address };
  const timeoutMs = Math.max(1, target.connectTimeoutMs - (performance.now() - startedMs));
  const place = placeBefore(target);
  const { secure, peer } = await originateTls(tcp, origination, { address, place, timeoutMs, connection });
  return { payload: secure, address, peer };
}

async function whenConnected(tcp: Socket, address: string, target: RouteTarget, { signal }: Connection): Promise<void> {
  const { connectTimeoutMs, keepalive } = target;
  if (keepalive !== undefined) keepAlive(tcp, keepalive);
  try {
    await waitFor(tcp, "connect", { timeoutMs: connectTimeoutMs, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = {
      code: "DIAL_FAILED",
      address,
      reason: explainDial((error as NodeJS.ErrnoException).code, (error as Error).message),
    } as const;
    throw new ConnectionError(failure, { cause: error });
  }
}

/** Has the kernel probe an idle connection; what the target leaves open is libuv's default, 10 probes at intervals of a second. */
function keepAlive(tcp: Socket, { idleSeconds, intervalSeconds, probes }: Keepalive): void {
  const intervalMs = intervalSeconds === undefined ? undefined : intervalSeconds * 1_000;
  tcp.setKeepAlive(true, idleSeconds * 1_000, intervalMs, probes);
}
