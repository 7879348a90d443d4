import type { Route, RouteTarget } from "@causeway/routes";
import { tracesAreExported } from "@causeway/runtime";
import { type Candidate, candidates, type Order } from "./candidates.ts";
import type { Connection } from "./connection.ts";
import { type Dialed, dial } from "./dial.ts";
import { ConnectionError, type ConnectionFailure } from "./errors.ts";
import { noHealthyEndpoint } from "./failover.ts";
import { firstSpanOf } from "./hop.ts";
import type { ProxyMetrics } from "./metrics.ts";
import type { Originations } from "./originations.ts";
import { printAddress } from "./print-address.ts";
import { placeOf } from "./recent-failures.ts";
import type { Origination } from "./tls-origination.ts";
import { MAX_ATTEMPTS, TARGET_PATIENCE } from "./turns.ts";

/** For whom something is reached. */
export type Errand = { readonly route: Route; readonly connection: Connection };

/** With what help. */
export type Means = { readonly originations: Originations; readonly order: Order; readonly metrics: ProxyMetrics };

/** An endpoint that was reached, and how. */
export type Reached = Dialed & { readonly target: RouteTarget; readonly origination: Origination | undefined };

/**
 * Connects to one of the target's healthy endpoints: to the one whose turn it is or, when that cannot be reached, to the next.
 *
 * The socket still belongs to nobody: whoever takes it closes it. Rejects with the failure of the last attempt, with NO_LEAF or
 * TLS_FILES_UNUSABLE when TLS cannot be begun, or with NO_HEALTHY_ENDPOINT; each failed attempt is recorded with the connection.
 */
export async function reachTarget(target: RouteTarget, errand: Errand, means: Means): Promise<Reached> {
  const { connection } = errand;
  const { connectTimeoutMs } = target;
  const origination = await originate(target, connection, means);
  const patience = { timeoutMs: connectTimeoutMs, signal: connection.signal };
  const turns = { target, balancer: connection.bound.routes.balancerOf(connection.known.matchedName), patience };
  const startedMs = performance.now();
  let last: ConnectionError | undefined;
  let attempts = 0;
  for await (const candidate of candidates(turns, means.order)) {
    if (attempts++ === MAX_ATTEMPTS || performance.now() - startedMs > TARGET_PATIENCE * connectTimeoutMs) break;
    try {
      const dialed = await attempt(candidate, { target, origination }, errand, means);
      return { ...dialed, target, origination };
    } catch (error) {
      if (connection.signal.aborted) throw error;
      last = ConnectionError.from(error);
      connection.failedDials.push({ ...failedDial(target, last), address: addressOf(candidate) });
    }
  }
  throw last ?? new ConnectionError(noHealthyEndpoint([target]));
}

/** How TLS to the target is begun; a failure counts as an attempt that did not get as far as an address. */
async function originate(target: RouteTarget, connection: Connection, { originations }: Means) {
  try {
    return await originations.for(target.outbound);
  } catch (error) {
    connection.failedDials.push(failedDial(target, ConnectionError.from(error)));
    throw error;
  }
}

async function attempt(
  candidate: Candidate,
  { target, origination }: Pick<Reached, "target" | "origination">,
  { route, connection }: Errand,
  { order, metrics }: Means,
): Promise<Dialed> {
  if (candidate.kind === "unresolved") throw candidate.failure;
  const { host, endpoint } = candidate;
  const place = (address: string) => placeOf(address, endpoint.port, target.outbound);
  const startedMs = performance.now();
  const sentBefore = connection.sent;
  const done = (failure?: ConnectionFailure) => {
    const endedMs = performance.now();
    const outcome = failure?.code ?? "OK";
    metrics.dialed(route.name, outcome, (endedMs - startedMs) / 1_000);
    if (!tracesAreExported()) return;
    const attempt = { destination: route.name, target: target.name, host, port: endpoint.port, outcome } as const;
    const times = { startedMs: performance.timeOrigin + startedMs, endedMs: performance.timeOrigin + endedMs };
    const { sent } = connection;
    const seen = sent === undefined || sent === sentBefore ? undefined : firstSpanOf(sent);
    connection.dials.push({ ...attempt, ...times, failure, seen });
  };
  try {
    const dialed = await dial(candidate, target, origination, connection);
    order.recentFailures.delete(place(host));
    // Put aside by its name, when none of its addresses would do.
    order.recentFailures.delete(place(endpoint.address));
    done();
    return dialed;
  } catch (error) {
    const { failure } = connection.failureOf(error);
    // An attempt that was given up says nothing of the endpoint.
    if (!connection.signal.aborted) order.recentFailures.add(place(host), failure);
    done(failure);
    throw error;
  }
}

function failedDial({ name }: RouteTarget, { code, message }: ConnectionError) {
  return { target: name, code, reason: message };
}

function addressOf(candidate: Candidate): string {
  return printAddress(
    candidate.kind === "address" ? candidate.host : candidate.endpoint.address,
    candidate.endpoint.port,
  );
}
