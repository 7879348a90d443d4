import { Admin } from "./admin.ts";
import type { AgentApi } from "./agent-api.ts";
import { connect, type ProxyPlace } from "./connect.ts";
import { reservePort, reservePorts } from "./ports.ts";
import type { Program } from "./program.ts";

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
  /** How many ports it has for one service each; none unless told. */
  readonly servicePorts?: number;
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
    this.admin = new Admin(() => program.adminAddress);
    this.#agent = agent;
  }

  /** Registers and starts a gateway by `causeway connect envoy -gateway=terminating -register`. */
  static async start(
    place: ProxyPlace,
    name: string,
    { id = name, servicePorts = 0 }: TerminatingGatewayOptions = {},
  ): Promise<TerminatingGateway> {
    const port = await reservePort();
    const address = `${place.host}:${port}`;
    const registration = ["-gateway=terminating", "-register", "-service", name, "-proxy-id", id, "-address", address];
    // Of the loopback interface's addresses the command takes only 127.0.0.1 to be bindable.
    const binds = ["-bind-address", `default=${address}`];
    const ported = servicePorts === 0 ? [] : ["-service-ports", await reservePorts(servicePorts)];
    const args = ["envoy", ...registration, ...binds, ...ported];
    return new TerminatingGateway(name, port, await connect(place, id, args), place.agent);
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
