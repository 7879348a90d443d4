import { join } from "node:path";
import { Admin } from "./admin.ts";
import type { AgentApi } from "./agent-api.ts";
import { CAUSEWAY } from "./command-line.ts";
import { reservePort } from "./ports.ts";
import { Program } from "./program.ts";

/** Where a proxy starts: the agent that it asks, and the folder below which it keeps what it knows. */
export type ProxyPlace = { readonly agent: AgentApi; readonly folder: string };

/** Runs `causeway connect …`, which becomes the proxy itself; resolves when the proxy is ready. */
export function startProxyProgram(
  { agent, folder }: ProxyPlace,
  id: string,
  args: readonly string[],
): Promise<Program> {
  const env = { CONSUL_HTTP_ADDR: new URL(agent.url).host, CAUSEWAY_DATA_DIR: join(folder, `proxy-${id}`) };
  return Program.start({ path: CAUSEWAY, args: ["connect", ...args], env });
}

/** A service that a terminating gateway is linked to, as its config entry has it. */
export type LinkedService = {
  readonly Name: string;
  readonly CAFile?: string;
  readonly CertFile?: string;
  readonly KeyFile?: string;
  readonly SNI?: string;
};

/** What a terminating gateway can be told. */
export type TerminatingGatewayOptions = {
  /** ID of this replica; the gateway's name unless told. */
  readonly id?: string;
};

/** A terminating gateway that runs. */
export class TerminatingGateway implements AsyncDisposable {
  readonly name: string;
  /** Port of its listener. */
  readonly port: number;
  readonly program: Program;
  readonly admin: Admin;
  readonly #agent: AgentApi;
  readonly #links = new Map<string, LinkedService>();

  private constructor(name: string, port: number, program: Program, agent: AgentApi) {
    this.name = name;
    this.port = port;
    this.program = program;
    this.admin = new Admin(() => program.adminPort);
    this.#agent = agent;
  }

  /** Registers and starts a gateway by `causeway connect envoy -gateway=terminating -register`. */
  static async start(
    place: ProxyPlace,
    name: string,
    { id = name }: TerminatingGatewayOptions = {},
  ): Promise<TerminatingGateway> {
    const port = await reservePort();
    const address = `127.0.0.1:${port}`;
    const args = ["envoy", "-gateway=terminating", "-register", "-service", name, "-proxy-id", id, "-address", address];
    return new TerminatingGateway(name, port, await startProxyProgram(place, id, args), place.agent);
  }

  /** Links services, beside or instead of those of the same names, by writing the gateway's config entry. */
  async link(...services: readonly LinkedService[]): Promise<void> {
    for (const service of services) this.#links.set(service.Name, service);
    await this.#write();
  }

  /** Takes the link to a service away. */
  async unlink(service: string): Promise<void> {
    this.#links.delete(service);
    await this.#write();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }

  async #write(): Promise<void> {
    const entry = { Kind: "terminating-gateway", Name: this.name, Services: [...this.#links.values()] };
    await this.#agent.writeEntry(entry);
  }
}

/** What a sidecar's service is like. */
export type SidecarOptions = {
  /** Services that it calls. */
  readonly upstreams?: readonly string[];
  /** Port of the application on 127.0.0.1; one where nothing listens unless told. */
  readonly port?: number;
};

/** A sidecar proxy that runs beside a service. */
export class Sidecar implements AsyncDisposable {
  /** Port of its listener for the mesh. */
  readonly port: number;
  readonly program: Program;
  readonly admin: Admin;
  readonly #upstreams: ReadonlyMap<string, number>;

  private constructor(port: number, program: Program, upstreams: ReadonlyMap<string, number>) {
    this.port = port;
    this.program = program;
    this.admin = new Admin(() => program.adminPort);
    this.#upstreams = upstreams;
  }

  /** Registers `service` with a sidecar, and starts that by `causeway connect proxy -sidecar-for`. */
  static async start(
    place: ProxyPlace,
    service: string,
    { upstreams = [], port }: SidecarOptions = {},
  ): Promise<Sidecar> {
    const own = await reservePort();
    const ports = new Map<string, number>();
    for (const upstream of upstreams) ports.set(upstream, await reservePort());
    await place.agent.put("/v1/agent/service/register", {
      Name: service,
      Port: port ?? (await reservePort()),
      Address: "127.0.0.1",
      Connect: {
        SidecarService: {
          Port: own,
          Proxy: {
            Upstreams: [...ports].map(([DestinationName, LocalBindPort]) => ({ DestinationName, LocalBindPort })),
          },
        },
      },
    });
    const program = await startProxyProgram(place, `${service}-sidecar`, ["proxy", "-sidecar-for", service]);
    return new Sidecar(own, program, ports);
  }

  /** The local port at which the application calls an upstream. */
  upstream(service: string): number {
    const port = this.#upstreams.get(service);
    if (port === undefined) throw new Error(`${service} is not among the upstreams`);
    return port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
