import { parseTraceparent } from "@causeway/runtime";
import type { Connection } from "../connection.ts";
import { pathOf } from "../http/message-head.ts";
import type { ProxyLog } from "../options.ts";
import type { Asked } from "./exchange.ts";
import { firstValue } from "./fields.ts";
import type { RequestRefusal } from "./refusal.ts";
import type { RequestMatch } from "./ways-on.ts";

/** What became of a request. */
export type RequestOutcome = {
  readonly connection: Connection;
  readonly asked: Asked;
  readonly match: RequestMatch | undefined;
  /** Absent where the client was told nothing. */
  readonly status: number | undefined;
  readonly refusal: RequestRefusal | undefined;
  /** Whether the client had left before the answer was whole. */
  readonly left: boolean;
  readonly seconds: number;
};

/** Writes a request down, in one line, without the query, which may hold what is secret. */
export function writeDown(log: ProxyLog, { connection, asked, match, refusal, ...outcome }: RequestOutcome): void {
  const { id, listener, clientAddress: client } = connection;
  const traceparent = firstValue(asked.fields, "traceparent");
  const fields = {
    connection: id,
    listener,
    client,
    source: match?.route.outbound.kind === "mesh" ? match.route.outbound.leaf : undefined,
    destination: match?.route.name,
    requestTraceId: traceparent === undefined ? undefined : parseTraceparent(traceparent)?.traceId,
    method: asked.method,
    path: pathOf(asked.target),
    host: asked.authority,
    ...outcome,
    ...(refusal === undefined ? {} : { code: refusal.code, reason: refusal.reason }),
  };
  if (refusal === undefined && !outcome.left) log.info(fields, "request answered");
  else log.info(fields, "request not answered");
}
