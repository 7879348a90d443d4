import { Admin } from "./admin.ts";
import type { AgentApi } from "./agent-api.ts";
import { connect, type ProxyPlace } from "./connect.ts";
import { reservePort } from "./ports.ts";
import type { Program } from "./program.ts";

/** A port that an ingress gateway listens on, as its config entry has it. */
export type IngressListener = {
  readonly Port: number;
  readonly Protocol: "tcp" | "http" | "http2" | "grpc";
  readonly Services: readonly { readonly Name: string; readonly Hosts?: readonly string[] }[];
};

/** An ingress gateway that runs. */
export class IngressGateway implements AsyncDisposable {
  readonly name: string;
  /** Port of its registration, by which it is asked whether it is there. */
  readonly port: number;
  readonly program: Program;
  readonly admin: Admin;
  readonly #agent: AgentApi;

  private constructor(name: string, port: number, program: Program, agent: AgentApi) {
    this.name = name;
    this.port = port;
    this.program = program;
    this.admin = new Admin(() => program.adminAddress);
    this.#agent = agent;
  }

  /** Registers and starts a gateway by `causeway connect envoy -gateway=ingress -register`. */
  static async start(place: ProxyPlace, name: string): Promise<IngressGateway> {
    const port = await reservePort();
    const address = `${place.host}:${port}`;
    const registration = ["-gateway=ingress", "-register", "-service", name, "-address", address];
    // Of the loopback interface's addresses the command takes only 127.0.0.1 to be bindable.
    const args = ["envoy", ...registration, "-bind-address", `default=${address}`];
    return new IngressGateway(name, port, await connect(place, name, args), place.agent);
  }

  /** Has it listen on these ports and no others. */
  async expose(listeners: readonly IngressListener[], tls: "tls" | "plain" = "plain"): Promise<void> {
    const TLS = { Enabled: tls === "tls" };
    await this.#agent.writeEntry({ Kind: "ingress-gateway", Name: this.name, TLS, Listeners: listeners });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
