import { CommandError } from "./errors.ts";

/** What is to be watched, as flags say it. */
export type WatchRequest = {
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  readonly prefix?: string | undefined;
  readonly service?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly passingonly?: string | undefined;
  readonly state?: string | undefined;
  readonly filter?: string | undefined;
  readonly name?: string | undefined;
};

/** Where a watch asks, and what in the answer is its value. */
export type WatchPlan = {
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** True where the agent says 404 of something that is not there (yet): the value is then null. */
  readonly mayBeAbsent: boolean;
  /** What of the answer is its value: all of it, the only element of a list, or the events of a list that have come since. */
  readonly value: "all" | "only" | "new-events";
  /** By what the agent tells whether it is another: by an index, or by a digest of what there is. */
  readonly known: "index" | "hash";
};

/**
 * Plans a watch.
 *
 * @throws CommandError in Consul's words when a flag is missing or makes no sense.
 * @see https://developer.hashicorp.com/consul/docs/automate/watch
 */
export function watchPlan(request: WatchRequest): WatchPlan {
  const { type } = request;
  const plan = type === undefined || !Object.hasOwn(PLANS, type) ? undefined : PLANS[type];
  if (type === undefined)
    throw new CommandError(`Watch type must be specified: one of ${Object.keys(PLANS).join(", ")}`);
  if (plan === undefined) {
    throw new CommandError(`Unsupported watch type: ${type}: give one of ${Object.keys(PLANS).join(", ")}`);
  }
  return { query: [], mayBeAbsent: false, value: "all", known: "index", ...plan(request) };
}

type Planned = Pick<WatchPlan, "path"> & Partial<WatchPlan>;

const PLANS: Readonly<Record<string, (request: WatchRequest) => Planned>> = {
  key: ({ key }) => ({ path: keyPath(required(key, "key")), mayBeAbsent: true, value: "only" }),
  keyprefix: ({ prefix }) => ({
    path: keyPath(required(prefix, "prefix")),
    query: [["recurse", ""]],
    mayBeAbsent: true,
  }),
  services: (request) => ({ path: "/v1/catalog/services", query: filterOf(request) }),
  nodes: (request) => ({ path: "/v1/catalog/nodes", query: filterOf(request) }),
  service: (request) => ({
    path: `/v1/health/service/${encodeURIComponent(required(request.service, "service"))}`,
    query: [...tagsOf(request), ...passingOf(request), ...filterOf(request)],
  }),
  checks: (request) => ({ path: checksPath(request), query: filterOf(request) }),
  event: ({ name }) => ({
    path: "/v1/event/list",
    query: name === undefined ? [] : [["name", name]],
    value: "new-events",
  }),
  agent_service: ({ service }) => ({
    path: `/v1/agent/service/${encodeURIComponent(required(service, "service"))}`,
    known: "hash",
  }),
  connect_roots: () => ({ path: "/v1/agent/connect/ca/roots" }),
  connect_leaf: ({ service }) => ({
    path: `/v1/agent/connect/ca/leaf/${encodeURIComponent(required(service, "service"))}`,
  }),
};

function required(value: string | undefined, what: string): string {
  if (value === undefined || value === "") throw new CommandError(`Must specify a single ${what} to watch`);
  return value;
}

function keyPath(key: string): string {
  return `/v1/kv/${encodeURIComponent(key)}`;
}

function checksPath({ service, state }: WatchRequest): string {
  if (service !== undefined && state !== undefined) throw new CommandError("Cannot specify service and state");
  if (service !== undefined) return `/v1/health/checks/${encodeURIComponent(service)}`;
  return `/v1/health/state/${encodeURIComponent(state ?? "any")}`;
}

function tagsOf({ tag = [] }: WatchRequest): [string, string][] {
  return tag.map((one) => ["tag", one]);
}

function passingOf({ passingonly = "false" }: WatchRequest): [string, string][] {
  if (["1", "t", "true"].includes(passingonly.toLowerCase())) return [["passing", "1"]];
  if (["0", "f", "false"].includes(passingonly.toLowerCase())) return [];
  throw new CommandError(`Failed to parse passingonly flag: it must be true or false, not "${passingonly}"`);
}

function filterOf({ filter }: WatchRequest): [string, string][] {
  return filter === undefined ? [] : [["filter", filter]];
}
