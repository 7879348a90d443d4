import { durationNs, quoted } from "@causeway/model";
import type { ApiRequest } from "./endpoint.ts";
import { answered } from "./errors.ts";

/** How fresh an answer must be. */
export type Consistency = "leader" | "stale" | "consistent";

/** What every read can be asked for besides what it reads. */
export type QueryOptions = {
  readonly consistency: Consistency;
  readonly cached: boolean;
  /** Wait until the index is greater; 0 does not wait. */
  readonly minIndex: number;
  readonly waitMs: number;
  /** Filter expression; "" keeps everything. */
  readonly filter: string;
};

const DEFAULT_WAIT_MS = 300_000;
const MAX_WAIT_MS = 600_000;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Reads the options of a query; throws an ApiError with Consul's text when one of them is malformed.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function queryOptions({ query, headers }: Pick<ApiRequest, "query" | "headers">): QueryOptions {
  const consistency = readConsistency(query);
  checkCacheControl(headers["cache-control"] ?? "");
  const waitMs = readWait(query.get("wait") ?? "");
  const minIndex = readIndex(query.get("index") ?? "");
  return {
    consistency,
    cached: query.has("cached"),
    minIndex,
    waitMs,
    filter: query.get("filter") ?? "",
  };
}

function readConsistency(query: URLSearchParams): Consistency {
  const maxStale = query.get("max_stale") ?? "";
  if (maxStale !== "" && durationNs(maxStale) === undefined) {
    throw answered(400, `Invalid max_stale value ${quoted(maxStale)}`);
  }
  const stale = query.has("stale") || maxStale !== "";
  const consistent = query.has("consistent");
  if (stale && consistent) throw answered(400, "Cannot specify ?stale with ?consistent, conflicting semantics.");
  if (query.has("cached") && consistent) {
    throw answered(400, "Cannot specify ?cached with ?consistent, conflicting semantics.");
  }
  if (consistent) return "consistent";
  return stale ? "stale" : "leader";
}

/** Its values bear on nothing here, since every answer comes from a mirror that is as new as can be; malformed ones are refused. */
function checkCacheControl(header: string): void {
  for (const directive of header.toLowerCase().split(",")) {
    const seconds = /^\s*(?:max-age|stale-if-error)=(.*)$/.exec(directive)?.[1];
    if (seconds !== undefined && !/^\d+\s*$/.test(seconds)) throw answered(400, "Invalid Cache-Control header.");
  }
}

function readWait(wait: string): number {
  if (wait === "") return DEFAULT_WAIT_MS;
  const ns = durationNs(wait);
  if (ns === undefined) throw answered(400, "Invalid wait time");
  return ns <= 0 ? DEFAULT_WAIT_MS : Math.min(ns / 1e6, MAX_WAIT_MS);
}

function readIndex(index: string): number {
  if (index === "") return 0;
  if (!/^\d+$/.test(index) || BigInt(index) > MAX_UINT64) throw answered(400, "Invalid index");
  return Number(index);
}
