import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type AgentResponse, type Method, open, type ReadyConnection, readConnection, send } from "./agent-request.ts";
import { type Connection, type ConnectionFlags, connectionOf } from "./connection.ts";
import { CommandError } from "./errors.ts";

/** Where the agent's HTTP API is, who asks, and of which datacenter. */
export type AgentOptions = ConnectionFlags & {
  readonly datacenter?: string | undefined;
  /** Lets any server answer, not only the one that leads. */
  readonly stale?: boolean | undefined;
};

/** One answer of the agent; a refusal is a value, so that a command can give its own meaning to a 404. */
export type Answer = AgentResponse;

/** The part of an agent's registration that commands look at. */
export type LocalService = {
  readonly ID: string;
  readonly Service: string;
  readonly Kind?: string;
  readonly Proxy?: { readonly DestinationServiceID?: string };
};

/** Speaks the agent's HTTP API, as flags or the CONSUL_* and CAUSEWAY_* variables say. */
export class AgentClient {
  /** How the agent is reached. */
  readonly connection: Connection;
  readonly #query: readonly (readonly [string, string])[];
  #ready: Promise<ReadyConnection> | undefined;

  constructor({ datacenter, stale, ...flags }: AgentOptions, env: NodeJS.ProcessEnv) {
    this.connection = connectionOf(flags, env);
    this.#query = [
      ...(datacenter === undefined ? [] : [["dc", datacenter] as const]),
      ...(stale === true ? [["stale", ""] as const] : []),
    ];
  }

  /** Asks once, sending texts and bytes as they are and anything else as JSON; throws a CommandError when nothing answers. */
  async ask(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    const content = raw ? body : JSON.stringify(body);
    return send(await this.#connected(), { method, path: this.#target(method, path), body: content, signal });
  }

  /** The lines of an answer as they come, until it ends; throws a CommandError with the agent's own text for anything but success. */
  async *lines(path: string): AsyncGenerator<string> {
    const response = await open(await this.#connected(), { method: "GET", path: this.#target("GET", path) });
    const { statusCode: status = 0 } = response;
    if (status >= 300) throw new CommandError(`Unexpected response code: ${status} (${(await text(response)).trim()})`);
    yield* createInterface({ input: response });
  }

  /** The secret of the token that it asks with, if it has one. */
  async token(): Promise<string | undefined> {
    return (await this.#connected()).headers["X-Consul-Token"];
  }

  #connected(): Promise<ReadyConnection> {
    this.#ready ??= readConnection(this.connection);
    return this.#ready;
  }

  #target(method: Method, path: string): string {
    const url = new URL(path, this.connection.url);
    for (const [name, value] of this.#query) {
      if (name !== "stale" || method === "GET") url.searchParams.set(name, value);
    }
    return `${url.pathname}${url.search}`;
  }

  /** Asks and gives the JSON that comes back; throws a CommandError with the agent's own text for anything but success. */
  async json<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const { status, text: content } = await this.ask(method, path, body);
    if (status >= 300) throw new CommandError(`Unexpected response code: ${status} (${content.trim()})`);
    return (content === "" ? undefined : JSON.parse(content)) as T;
  }

  /** Every service that is registered with this agent. */
  async services(): Promise<LocalService[]> {
    return Object.values(await this.json<Record<string, LocalService>>("GET", "/v1/agent/services"));
  }

  /** The ID of the one proxy that stands beside the service instance `id`. Throws a CommandError when there is none, or several. */
  async sidecarOf(id: string): Promise<string> {
    const sidecars = (await this.services()).filter(
      (one) => one.Kind === "connect-proxy" && one.Proxy?.DestinationServiceID === id,
    );
    const [only] = sidecars;
    if (only === undefined) throw new CommandError(`No sidecar proxy registered for ${id}`);
    if (sidecars.length === 1) return only.ID;
    const ids = sidecars.map(({ ID }) => ID).join(", ");
    throw new CommandError(`More than one sidecar proxy registered for ${id} (${ids}): choose one by -proxy-id`);
  }
}
