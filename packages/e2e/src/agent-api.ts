/** One answer of the agent, whatever its status. */
export type ApiAnswer = { readonly status: number; readonly text: string };

type Method = "GET" | "PUT" | "POST" | "DELETE";

/** A service that no agent looks after. */
export type ExternalService = {
  readonly service: string;
  readonly port: number;
  /** IP address or host name; 127.0.0.1 unless told. */
  readonly address?: string;
  /** ID of this instance; the service's name unless told. */
  readonly id?: string;
  readonly meta?: Readonly<Record<string, string>>;
};

/** A config entry of any kind. */
export type ConfigEntry = { readonly Kind: string; readonly Name: string; readonly [field: string]: unknown };

/** A row of /v1/catalog/gateway-services. */
export type GatewayServiceRow = {
  readonly Service: { readonly Name: string };
  readonly FromWildcard?: boolean;
  readonly CAFile?: string;
  readonly CertFile?: string;
  readonly KeyFile?: string;
  readonly SNI?: string;
};

/** The agent's HTTP API. Whatever is not answered with success rejects with the agent's own text, but for `ask`. */
export class AgentApi {
  /** Beginning of every address: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Secret of the token that is shown; undefined shows none. */
  readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.token = token;
  }

  /** The same agent for whoever has another token, or none. */
  as(token: string | undefined): AgentApi {
    return new AgentApi(this.url, token);
  }

  /** Asks and gives whatever is answered. */
  async ask(method: Method, path: string, body?: unknown): Promise<ApiAnswer> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = this.token === undefined ? {} : { "X-Consul-Token": this.token };
    const response = await fetch(this.url + path, { method, headers, ...content });
    return { status: response.status, text: await response.text() };
  }

  get<T>(path: string): Promise<T> {
    return this.#json<T>("GET", path);
  }

  put<T>(path: string, body?: unknown): Promise<T> {
    return this.#json<T>("PUT", path, body);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#json<T>("POST", path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.#json<T>("DELETE", path);
  }

  /** Registers a service straight into the catalog, each instance on a node of its own. */
  async registerExternal({ service, port, address = "127.0.0.1", id = service, meta = {} }: ExternalService) {
    await this.put("/v1/catalog/register", {
      Node: externalNode(id),
      Address: address,
      NodeMeta: { "external-node": "true", "external-probe": "true" },
      Service: { ID: id, Service: service, Port: port, Meta: meta },
    });
  }

  /** Takes an instance away that `registerExternal` has registered. */
  async deregisterExternal(id: string): Promise<void> {
    await this.put("/v1/catalog/deregister", { Node: externalNode(id), ServiceID: id });
  }

  /** Writes a config entry. */
  async writeEntry(entry: ConfigEntry): Promise<void> {
    await this.put("/v1/config", entry);
  }

  /** Lets, or forbids, one service to call another; instead of what was said of these two before. */
  async intention(source: string, destination: string, Action: "allow" | "deny"): Promise<void> {
    await this.put(intentionPath(source, destination), { Action });
  }

  /** Takes the intention between two names away. */
  async deleteIntention(source: string, destination: string): Promise<void> {
    await this.delete(intentionPath(source, destination));
  }

  /** What a gateway is linked to. The answer is null where that is nothing. */
  gatewayServices(gateway: string): Promise<readonly GatewayServiceRow[] | null> {
    return this.get(`/v1/catalog/gateway-services/${gateway}`);
  }

  async #json<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.ask(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path} was answered with ${status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

function externalNode(id: string): string {
  return `external-${id}`;
}

function intentionPath(source: string, destination: string): string {
  return `/v1/connect/intentions/exact?${new URLSearchParams({ source, destination })}`;
}
