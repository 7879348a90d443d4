import { compileFilter, type Fields } from "@causeway/bexpr";
import type { Clock } from "@causeway/runtime";
import type { Source, View } from "../source.ts";
import { blockingQuery, type Reading } from "./blocking.ts";
import { type Answer, type ApiRequest, json, STAYING_CLIENT } from "./endpoint.ts";
import { answerForError } from "./errors.ts";
import { type QueryOptions, queryOptions } from "./query-options.ts";
import { questionOf } from "./shared-readings.ts";

/** What every query needs to know of the agent. */
export type QueryContext = { readonly clock: Clock };

/** What an endpoint reads, and how it tells. */
export type Query<V extends View> = {
  /** Gives the value and the topics that it depends on; called again after each of their changes. */
  readonly read: (view: V, keep: (record: unknown) => boolean) => Reading<unknown>;
  /** What `?filter` may speak of; without it, a filter is not looked at. */
  readonly fields?: Fields;
  readonly headers?: QueryHeaders;
  /** Whether what `read` gives depends on something besides the view and the request's path and query. */
  readonly unshared?: boolean;
};

/** What the headers of an answer say, where that differs from endpoint to endpoint. */
export type QueryHeaders = {
  /** Whether the answer says how consistent it is; true unless said. */
  readonly effectiveConsistency?: boolean;
  readonly knownLeader?: boolean;
};

/**
 * Answers a GET from a view: reads its options, waits as they say, and gives the value as JSON with Consul's headers.
 */
export async function answerQuery<V extends View>(
  context: QueryContext,
  request: ApiRequest,
  source: Source<V>,
  { read, fields, headers, unshared = false }: Query<V>,
): Promise<Answer> {
  const options = queryOptions(request);
  try {
    const keep = fields === undefined ? () => true : compileFilter(options.filter, fields);
    if (options.consistency === "consistent") await source.catchUp();
    const { view } = source;
    const { topics } = view;
    const question = options.minIndex === 0 || unshared ? undefined : questionOf(request);
    const once = () => read(view, keep);
    const reading = question === undefined ? once : source.shared.of(topics, question, once);
    const { index, value } = await blockingQuery(topics, reading, {
      ...options,
      clock: context.clock,
      client: options.minIndex === 0 ? STAYING_CLIENT : request.client,
    });
    const answer = json(value, queryHeaders(index, options, headers));
    return question === undefined ? answer : { ...answer, body: { kind: "json", value, shared: true } };
  } catch (error) {
    const { answer, problem } = answerForError(error);
    if (problem !== undefined) throw error;
    return { ...answer, headers: { ...answer.headers, ...FAILURE_HEADERS } };
  }
}

/** What Consul sends along with an error that came out of a query. */
export const FAILURE_HEADERS = { "X-Consul-Index": "1", "X-Consul-KnownLeader": "false", "X-Consul-LastContact": "0" };

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
