import { isTraceTaken, newTrace, type PastSpan, recordSpan, type SpanIds, tracesAreExported } from "@causeway/runtime";
import type { DialReport } from "./dial-report.ts";
import { describe } from "./errors.ts";
import type { ConnectionRecord } from "./record.ts";

/**
 * Puts a connection that has ended into the trace that its ClientHello began, with its attempts to reach an endpoint beneath it; without a
 * hello it is a trace by itself. One that is not sampled costs no more than the question whether it is.
 */
export function traceConnection(record: ConnectionRecord, dials: readonly DialReport[]): void {
  const { traceId, spanId, parentSpanId, outcome } = record;
  if (!tracesAreExported()) return;
  // Mostly a health check that only wants to know whether the port is open.
  if (traceId === undefined && outcome === "CLIENT_CLOSED") return;
  const ids = traceId === undefined || spanId === undefined ? newTrace() : { traceId, spanId, parentSpanId };
  if (isTraceTaken(ids.traceId)) recordSpan(spanOf(record, dials, ids), ids);
}

/** The span of a connection. Attributes have the names of the semantic conventions where there are any, and else begin with `causeway.`. */
export function spanOf(record: ConnectionRecord, dials: readonly DialReport[], ids: SpanIds): PastSpan {
  const { outcome, reason, seconds, endedMs, links } = record;
  return {
    name: "mesh.connection",
    kind: "server",
    attributes: attributesOf(record),
    startedMs: endedMs - seconds * 1_000,
    endedMs,
    ...(outcome === "CARRIED" ? {} : { failure: { code: outcome, message: reason ?? outcome } }),
    ...(links === undefined ? {} : { links }),
    children: dials.map((dial) => dialSpan(dial, ids)),
  };
}

function attributesOf(record: ConnectionRecord): PastSpan["attributes"] {
  const { client, serverName, source, sourceIdentity, destinationIdentity, destination, endpoint } = record;
  const { target, failover, decidedBy, blame, tlsFault, listener } = record;
  const { host, port } = splitAddress(client);
  return {
    "network.transport": "tcp",
    "client.address": host,
    "client.port": port,
    "causeway.listener": listener,
    "causeway.outcome": record.outcome,
    "causeway.bytes.to_upstream": record.bytesToUpstream,
    "causeway.bytes.to_client": record.bytesToClient,
    ...(serverName === undefined ? {} : { "tls.client.server_name": serverName }),
    ...(destination === undefined ? {} : { "causeway.route": destination }),
    ...(source === undefined ? {} : { "causeway.source": source }),
    ...(sourceIdentity === undefined ? {} : { "causeway.source.identity": sourceIdentity }),
    ...(destinationIdentity === undefined ? {} : { "causeway.destination.identity": destinationIdentity }),
    ...(decidedBy === undefined ? {} : { "causeway.intention": decidedBy }),
    ...(endpoint === undefined ? {} : { "causeway.endpoint": endpoint }),
    ...(target === undefined ? {} : { "causeway.target": target }),
    ...(failover === undefined
      ? {}
      : { "causeway.failover.code": failover.code, "causeway.failover.reason": failover.reason }),
    ...(blame === undefined ? {} : { "causeway.blame": blame }),
    ...(tlsFault === undefined ? {} : { "causeway.tls.fault": tlsFault }),
  };
}

/** The hello of an attempt makes a trace further on. Where that is not the connection's, the attempt is linked with the first span in it. */
function dialSpan(dial: DialReport, ids: SpanIds): PastSpan {
  const { host, port, target, startedMs, endedMs, failure, seen } = dial;
  return {
    name: "mesh.dial",
    kind: "client",
    attributes: {
      "network.transport": "tcp",
      "server.address": host,
      "server.port": port,
      "causeway.target": target,
    },
    startedMs,
    endedMs,
    ...(failure === undefined ? {} : { failure: { code: failure.code, message: describe(failure) } }),
    ...(seen === undefined || seen.traceId === ids.traceId ? {} : { links: [seen] }),
  };
}

/** Takes apart what `printAddress` has put together. */
function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
