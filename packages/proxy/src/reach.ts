import type { Route } from "@causeway/routes";
import { spanned } from "@causeway/runtime";
import type { Connection } from "./connection.ts";
import { type Dialed, dial } from "./dial.ts";
import { ConnectionError } from "./errors.ts";
import type { ProxyMetrics } from "./metrics.ts";
import { printAddress } from "./sockets.ts";
import { type Order, type Target, targets } from "./targets.ts";
import type { Origination } from "./tls-origination.ts";

/** Where to, and for whom. */
export type Errand = {
  readonly route: Route;
  readonly origination: Origination | undefined;
  readonly connection: Connection;
};

// Refused at once, ten attempts take no time; when nothing answers, PATIENCE ends them earlier.
const MAX_ATTEMPTS = 10;

// No further attempt begins when the earlier ones have used up so many connect timeouts.
const PATIENCE = 2;

/**
 * Connects to one of the route's healthy endpoints: to the one whose turn it is or, when that cannot be reached, to the next.
 *
 * The socket still belongs to nobody: whoever takes it closes it. Rejects with NO_HEALTHY_ENDPOINT or with the failure of the last
 * attempt; each failed attempt is recorded with the connection.
 */
export async function reach(errand: Errand, order: Order, metrics: ProxyMetrics): Promise<Dialed> {
  const { route, connection } = errand;
  const { bound, known, signal } = connection;
  const patience = { timeoutMs: route.connectTimeoutMs, signal };
  const turns = {
    balancer: bound.balancer,
    key: bound.turnsOf(known.serverName),
    endpoints: route.endpoints,
    patience,
  };
  const startedMs = performance.now();
  let last: ConnectionError | undefined;
  let attempts = 0;
  for await (const target of targets(turns, order)) {
    if (attempts++ === MAX_ATTEMPTS || performance.now() - startedMs > PATIENCE * route.connectTimeoutMs) break;
    try {
      return await attempt(target, errand, order, metrics);
    } catch (error) {
      if (connection.signal.aborted) throw error;
      last = ConnectionError.from(error);
      connection.failedDials.push({ address: addressOf(target), code: last.code, reason: last.message });
    }
  }
  throw (
    last ??
    new ConnectionError({ code: "NO_HEALTHY_ENDPOINT", destination: route.name, endpoints: route.endpoints.length })
  );
}

async function attempt(target: Target, errand: Errand, order: Order, metrics: ProxyMetrics): Promise<Dialed> {
  if (target.kind === "unresolved") throw target.failure;
  const { route, origination, connection } = errand;
  const startedMs = performance.now();
  const done = (outcome: string) => metrics.dialed(route.name, outcome, (performance.now() - startedMs) / 1_000);
  try {
    const attributes = { "server.address": target.host, "server.port": target.endpoint.port };
    const dialed = await spanned("mesh.dial", attributes, () => dial(target, route, origination, connection));
    order.recentFailures.delete(addressOf(target));
    done("OK");
    return dialed;
  } catch (error) {
    // An attempt that was given up says nothing of the endpoint.
    if (!connection.signal.aborted) order.recentFailures.add(addressOf(target));
    done(connection.failureOf(error).code);
    throw error;
  }
}

function addressOf(target: Target): string {
  return printAddress(target.kind === "unresolved" ? target.endpoint.address : target.host, target.endpoint.port);
}
