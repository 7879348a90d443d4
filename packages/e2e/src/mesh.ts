import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type NatsServer, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { AgentApi } from "./agent-api.ts";
import { type CommandResult, runCauseway } from "./command-line.ts";
import { identityOf, type MeshIdentity, type MeshTrust, trustOf } from "./mesh-identity.ts";
import { reservePort } from "./ports.ts";
import { Program } from "./program.ts";
import {
  type ProxyPlace,
  Sidecar,
  type SidecarOptions,
  startProxyProgram,
  TerminatingGateway,
  type TerminatingGatewayOptions,
} from "./proxies.ts";

/** The services of the control plane, and the agent. */
export const SERVICES = ["catalog", "ca", "intentions", "config-entries", "agent"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How a mesh differs from an ordinary one. */
export type MeshOptions = {
  readonly datacenter?: string;
  /** What holds where no intention does; "allow" unless told. */
  readonly defaultPolicy?: "allow" | "deny";
};

type Parts = {
  readonly nats: NatsServer;
  readonly agent: AgentApi;
  readonly programs: ReadonlyMap<ServiceName, Program>;
  readonly folder: string;
  readonly resources: AsyncDisposableStack;
};

/** A mesh that runs: one NATS server, and one process per service. Disposing of it ends all of them, and forgets what they wrote. */
export class Mesh implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly agent: AgentApi;
  readonly #programs: ReadonlyMap<ServiceName, Program>;
  readonly #place: ProxyPlace;
  readonly #resources: AsyncDisposableStack;

  /** Use `startMesh`. */
  constructor({ nats, agent, programs, folder, resources }: Parts) {
    this.nats = nats;
    this.agent = agent;
    this.#programs = programs;
    this.#place = { agent, folder };
    this.#resources = resources;
  }

  /** Ends a service as a power cut would. */
  async kill9(name: ServiceName): Promise<void> {
    await this.#program(name).kill9();
  }

  /** Starts a service again; resolves when it is ready. */
  async restart(name: ServiceName): Promise<void> {
    await this.#program(name).restart();
  }

  /** Registers and runs a terminating gateway, which whoever starts it ends. */
  startTerminatingGateway(name: string, options: TerminatingGatewayOptions = {}): Promise<TerminatingGateway> {
    return TerminatingGateway.start(this.#place, name, options);
  }

  /** Registers a service with a sidecar and runs that, which whoever starts it ends. */
  startSidecar(service: string, options: SidecarOptions = {}): Promise<Sidecar> {
    return Sidecar.start(this.#place, service, options);
  }

  /** Runs `causeway connect` with these arguments, which becomes a proxy; whoever starts it ends it. */
  startConnect(id: string, ...args: readonly string[]): Promise<Program> {
    return startProxyProgram(this.#place, id, args);
  }

  /** Runs a `causeway` command against this mesh's agent, to its end. */
  causeway(...args: readonly string[]): Promise<CommandResult> {
    return runCauseway(args, { CONSUL_HTTP_ADDR: new URL(this.agent.url).host });
  }

  /** The leaf that the agent gives to a service. */
  identity(service: string): Promise<MeshIdentity> {
    return identityOf(this.agent, service);
  }

  /** Whom this mesh trusts now. */
  trust(): Promise<MeshTrust> {
    return trustOf(this.agent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #program(name: ServiceName): Program {
    const program = this.#programs.get(name);
    if (program === undefined) throw new Error(`${name} was never started`);
    return program;
  }
}

/** Starts a NATS server, then every service at once; resolves when all are ready. */
export async function startMesh({ datacenter = "dc1", defaultPolicy = "allow" }: MeshOptions = {}): Promise<Mesh> {
  await using resources = new AsyncDisposableStack();
  const { path: folder } = resources.use(await temporaryDirectory());
  const nats = resources.use(await startNatsServer({ port: await reservePort() }));
  const httpPort = await reservePort();
  const own: Partial<Record<ServiceName, Record<string, string>>> = {
    agent: { CAUSEWAY_HTTP_PORT: String(httpPort) },
    intentions: { CAUSEWAY_DEFAULT_POLICY: defaultPolicy },
  };
  const start = async (name: ServiceName) => {
    const env = {
      CAUSEWAY_NATS_URL: nats.url,
      CAUSEWAY_DATACENTER: datacenter,
      CAUSEWAY_DATA_DIR: join(folder, name),
      ...own[name],
    };
    const path = fileURLToPath(import.meta.resolve(`@causeway/${name}/main`));
    return [name, resources.use(await Program.start({ path, env }))] as const;
  };
  // Whatever one of them does, each is waited for: a process that has just started must be known to be ended.
  const started = await Promise.allSettled(SERVICES.map(start));
  for (const each of started) if (each.status === "rejected") throw each.reason;
  const programs = new Map(started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : [])));
  const agent = new AgentApi(String(programs.get("agent")?.facts["url"]));
  return new Mesh({ nats, agent, programs, folder, resources: resources.move() });
}
