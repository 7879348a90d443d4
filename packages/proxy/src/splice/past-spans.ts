import { type PastSpan, recordSpan } from "@causeway/runtime";
import { describe } from "../errors.ts";
import { spanAttributes } from "../span-attributes.ts";
import type { DialReport, Ending } from "./protocol.ts";

/** Puts a connection that the worker has carried into the trace, with its attempts to reach an endpoint, as if it had been traced there. */
export function recordSpans({ record, dials }: Ending): void {
  const { client, seconds, endedMs, outcome, reason } = record;
  const last = dials.at(-1);
  const target = last?.outcome === "OK" ? last.target : undefined;
  recordSpan({
    name: "mesh.connection",
    attributes: { "network.peer.address": client, ...spanAttributes({ ...record, target }) },
    startedMs: endedMs - seconds * 1_000,
    endedMs,
    ...(outcome === "CARRIED" ? {} : { failure: { code: outcome, message: reason ?? outcome } }),
    children: dials.map(dialSpan),
  });
}

function dialSpan({ host, port, target, startedMs, endedMs, failure }: DialReport): PastSpan {
  return {
    name: "mesh.dial",
    attributes: { "server.address": host, "server.port": port, "mesh.target": target },
    startedMs,
    endedMs,
    ...(failure === undefined ? {} : { failure: { code: failure.code, message: describe(failure) } }),
  };
}
