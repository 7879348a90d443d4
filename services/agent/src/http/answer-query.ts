import type { Clock } from "@causeway/runtime";
import type { Source, View } from "../source.ts";
import { blockingQuery, type Reading } from "./blocking.ts";
import { type Answer, type ApiRequest, json } from "./endpoint.ts";
import { answered, answerForError } from "./errors.ts";
import { type QueryOptions, queryOptions } from "./query-options.ts";

/** What every query needs to know of the agent. */
export type QueryContext = { readonly clock: Clock; readonly datacenter: string };

/** What the headers of an answer say, where that differs from endpoint to endpoint. */
export type QueryHeaders = {
  /** Whether the answer says how consistent it is. */
  readonly effectiveConsistency?: boolean;
  readonly knownLeader?: boolean;
};

/** Consul's text for a datacenter that is not known. */
export const NO_PATH = "No path to datacenter";

/**
 * Answers a GET from a view: reads its options, waits as they say, and gives the value as JSON with Consul's headers.
 *
 * `read` gives the value and the topics that it depends on; it may throw, and is called again after each of their changes.
 */
export async function answerQuery<V extends View>(
  { clock, datacenter }: QueryContext,
  request: ApiRequest,
  source: Source<V>,
  read: (view: V, options: QueryOptions) => Reading<unknown>,
  headers: QueryHeaders = {},
): Promise<Answer> {
  const options = queryOptions(request);
  try {
    if (options.datacenter !== "" && options.datacenter !== datacenter) throw answered(500, NO_PATH);
    if (options.consistency === "consistent") await source.catchUp();
    const { view } = source;
    const { minIndex, waitMs } = options;
    const signal = minIndex === 0 ? NEVER : request.signal;
    const { index, value } = await blockingQuery(view.topics, () => read(view, options), {
      minIndex,
      waitMs,
      clock,
      signal,
    });
    return json(value, queryHeaders(index, options, headers));
  } catch (error) {
    const { answer, problem } = answerForError(error);
    if (problem !== undefined) throw error;
    return { ...answer, headers: { ...answer.headers, ...failureHeaders() } };
  }
}

const NEVER = new AbortController().signal;

/** The headers that tell a client how far an answer is known. */
export function queryHeaders(
  index: number,
  { consistency, cached }: Pick<QueryOptions, "consistency" | "cached">,
  { effectiveConsistency = true, knownLeader = true }: QueryHeaders = {},
): Record<string, string> {
  return {
    "X-Consul-Index": String(index),
    "X-Consul-KnownLeader": String(knownLeader),
    "X-Consul-LastContact": "0",
    ...(effectiveConsistency ? { "X-Consul-Effective-Consistency": consistency } : {}),
    ...(cached ? { "X-Cache": "HIT", Age: "0" } : {}),
  };
}

/** What Consul sends along with an error that came out of a query. */
function failureHeaders(): Record<string, string> {
  return { "X-Consul-Index": "1", "X-Consul-KnownLeader": "false", "X-Consul-LastContact": "0" };
}
