import { CommandError } from "./errors.ts";

/** Where the agent's HTTP API is and who asks. */
export type AgentOptions = {
  /** "host:port" or a URL. */
  readonly httpAddr?: string | undefined;
  readonly token?: string | undefined;
  readonly datacenter?: string | undefined;
};

/** One answer of the agent: its status and body; a refusal is a value, so that a command can give its own meaning to a 404. */
export type Answer = { readonly status: number; readonly text: string };

const DEFAULT_ADDRESS = "127.0.0.1:8500";

/** The part of an agent's registration that commands look at. */
export type LocalService = {
  readonly ID: string;
  readonly Service: string;
  readonly Kind?: string;
  readonly Proxy?: { readonly DestinationServiceID?: string };
};

/** Speaks the agent's HTTP API, as flags or the CONSUL_* and CAUSEWAY_* variables say. */
export class AgentClient {
  readonly address: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #datacenter: string | undefined;

  constructor({ httpAddr, token, datacenter }: AgentOptions, env: NodeJS.ProcessEnv) {
    const given = httpAddr ?? env["CAUSEWAY_HTTP_ADDR"] ?? env["CONSUL_HTTP_ADDR"] ?? DEFAULT_ADDRESS;
    const secret = token ?? env["CAUSEWAY_HTTP_TOKEN"] ?? env["CONSUL_HTTP_TOKEN"];
    this.address = agentUrl(given);
    this.#headers = secret === undefined ? {} : { "X-Consul-Token": secret };
    this.#datacenter = datacenter;
  }

  /** Asks once, sending texts and bytes as they are and anything else as JSON; throws a CommandError when nothing answers. */
  async ask(method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: unknown): Promise<Answer> {
    const url = new URL(path, this.address);
    if (this.#datacenter !== undefined) url.searchParams.set("dc", this.#datacenter);
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const content = body === undefined ? {} : { body: raw ? body : JSON.stringify(body) };
    try {
      const response = await fetch(url, { method, headers: this.#headers, ...content });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new CommandError(
        `no agent answers at ${this.address.origin}: ${reason}\nStart one with "npm start", or name it with -http-addr or CONSUL_HTTP_ADDR.`,
        1,
        { cause },
      );
    }
  }

  /** Asks and gives the JSON that comes back; throws a CommandError with the agent's own text for anything but success. */
  async json<T>(method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.ask(method, path, body);
    if (status >= 300) throw new CommandError(`Unexpected response code: ${status} (${text.trim()})`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
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

function agentUrl(given: string): URL {
  const url = URL.parse(/^https?:\/\//.test(given) ? given : `http://${given}`);
  if (url === null) throw new CommandError(`"${given}" is no address of an agent: give host:port or http://host:port`);
  return url;
}
