import { compileFilter, type Fields } from "@causeway/bexpr";
import type { Clock } from "@causeway/runtime";
import type { Source, View } from "../source.ts";
import { blockingQuery, type Indexed, type Reading } from "./blocking.ts";
import { type Answer, type ApiRequest, json, STAYING_CLIENT } from "./endpoint.ts";
import { answerForError } from "./errors.ts";
import { type Consistency, type QueryOptions, queryOptions } from "./query-options.ts";
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
 * Answers a GET from a view: reads its options, waits as they say, and gives the value as JSON with Consul's headers. Throws an ApiError
 * for options that make no sense; what else is wrong is in the answer.
 */
export function answerQuery<V extends View>(
  { clock }: QueryContext,
  request: ApiRequest,
  source: Source<V>,
  query: Query<V>,
): Promise<Answer> {
  const options = queryOptions(request);
  const { consistency, cached, minIndex, waitMs } = options;
  const client = minIndex === 0 ? STAYING_CLIENT : request.client;
  const begin = () => {
    const { topics } = source.view;
    return blockingQuery(topics, readingOf(request, source, query, options), { minIndex, waitMs, clock, client });
  };
  const shared = isShared(query, minIndex);
  return told({ consistency, cached, shared, headers: query.headers }, startOf(source, consistency, begin));
}

/** Begins, at once unless all that was written by now must have been heard of first. */
function startOf<T>(
  source: Pick<Source<View>, "catchUp">,
  consistency: Consistency,
  begin: () => Promise<T>,
): Promise<T> {
  if (consistency === "consistent") return source.catchUp().then(begin);
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Whoever waits does so with all who ask the same. */
function isShared({ unshared = false }: Pick<Query<View>, "unshared">, minIndex: number): boolean {
  return minIndex !== 0 && !unshared;
}

function readingOf<V extends View>(
  request: ApiRequest,
  source: Source<V>,
  query: Query<V>,
  { filter, minIndex }: QueryOptions,
): () => Reading<unknown> {
  const { view } = source;
  const keep = query.fields === undefined ? () => true : compileFilter(filter, query.fields);
  const reading = () => query.read(view, keep);
  return isShared(query, minIndex) ? source.shared.of(view.topics, questionOf(request), reading) : reading;
}

type Telling = Pick<QueryOptions, "consistency" | "cached"> & {
  readonly shared: boolean;
  readonly headers: QueryHeaders | undefined;
};

/** The answer, once something has been found. Until then this is all that is held of the request: nothing of what was asked. */
function told({ shared, headers, ...options }: Telling, finding: Promise<Indexed<unknown>>): Promise<Answer> {
  return finding.then(
    ({ index, value }) => {
      const answer = json(value, queryHeaders(index, options, headers));
      return shared ? { ...answer, body: { kind: "json", value, shared } } : answer;
    },
    (error: unknown) => {
      const { answer, problem } = answerForError(error);
      if (problem !== undefined) throw error;
      return { ...answer, headers: { ...answer.headers, ...FAILURE_HEADERS } };
    },
  );
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
