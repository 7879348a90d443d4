import type { AgentClient } from "../agent-client.ts";
import type { Connection, Instance, Leaf, Process, ProxyFacts, Readiness, RoutesPage } from "./facts.ts";
import { type Known, known, unknown } from "./step.ts";
import { takesConnections } from "./takes-connections.ts";

/** Reads facts from an agent: what cannot be had is a value that says why. Throws a CommandError only when no agent answers. */
export class Reader {
  readonly #agent: Pick<AgentClient, "ask">;

  constructor(agent: Pick<AgentClient, "ask">) {
    this.#agent = agent;
  }

  /** The JSON at `path`, of another datacenter if one is given; "null" is undefined. */
  async json<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<Known<T>> {
    const { status, text } = await this.#agent.ask("GET", withQuery(path, query));
    if (status >= 300) return unknown(refusal(status, text));
    return known(JSON.parse(text) as T);
  }

  /** The list at `path`. An empty one of which something was hidden says nothing. */
  async list<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<Known<readonly T[]>> {
    const { status, text, headers } = await this.#agent.ask("GET", withQuery(path, query));
    if (status >= 300) return unknown(refusal(status, text));
    const all = (JSON.parse(text) as readonly T[] | null) ?? [];
    if (all.length === 0 && headers["x-consul-results-filtered-by-acls"] === "true") {
      return unknown("the token may not see it: it lacks service:read or node:read there");
    }
    return known(all);
  }

  /** What a proxy's process tells of itself. */
  async proxy(instance: Instance, datacenter: string): Promise<ProxyFacts> {
    const process = await this.#process(instance, datacenter);
    const silent = process.kind === "known" && process.value === undefined;
    return { instance, datacenter, process, listens: silent && (await takesConnections(instance)) };
  }

  /** Connections of a proxy: those that are open, and those that were refused. */
  async connections(instance: Instance, datacenter: string): Promise<Known<readonly Connection[]>> {
    const [open, refused] = await Promise.all([
      this.page<readonly Connection[]>(instance, datacenter, "debug/connections"),
      this.page<readonly Connection[]>(instance, datacenter, "debug/refusals"),
    ]);
    if (open.kind === "unknown") return open;
    if (refused.kind === "unknown") return refused;
    return known([...(open.value ?? []), ...(refused.value ?? [])]);
  }

  /** A page of a proxy's admin port; undefined when no process answers, or the page has nothing to tell. */
  async page<T>(instance: Instance, dc: string | undefined, page: string): Promise<Known<T | undefined>> {
    const { Service, Node } = instance;
    const query = { service: Service.Service, node: Node.Node, id: Service.ID, dc };
    const { status, text, headers } = await this.#agent.ask("GET", withQuery(`/v1/internal/proxy/${page}`, query));
    const answered = String(headers["content-type"]).startsWith("application/json");
    if (status === 404) return known(undefined);
    return answered ? known(JSON.parse(text) as T) : unknown(refusal(status, text));
  }

  async #process(instance: Instance, datacenter: string): Promise<Known<Process | undefined>> {
    const readiness = await this.page<Readiness>(instance, datacenter, "readyz");
    if (readiness.kind === "unknown") return readiness;
    const { value } = readiness;
    if (value === undefined) return known(undefined);
    const [routes, leaves, refusals] = await Promise.all([
      this.page<RoutesPage>(instance, datacenter, "debug/routes"),
      this.page<readonly Leaf[]>(instance, datacenter, "debug/leaves"),
      this.page<readonly Connection[]>(instance, datacenter, "debug/refusals"),
    ]);
    if (routes.kind === "unknown") return routes;
    if (leaves.kind === "unknown") return leaves;
    if (refusals.kind === "unknown") return refusals;
    return known({
      readiness: value,
      routes: routes.value,
      leaves: leaves.value ?? [],
      refusals: refusals.value ?? [],
    });
  }
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function refusal(status: number, text: string): string {
  const why = text.trim();
  return status === 403 ? `the token may not see it: ${why}` : `the agent answers ${status}: ${why}`;
}
