import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, type NatsServer, temporaryDirectory } from "@causeway/testkit";
import { AgentApi } from "./agent-api.ts";
import { type CommandResult, runCauseway } from "./command-line.ts";
import { connect, type ProxyPlace } from "./connect.ts";
import { IngressGateway } from "./ingress-gateway.ts";
import { MeshGateway, type MeshGatewayOptions } from "./mesh-gateway.ts";
import { identityOf, type MeshIdentity, type MeshTrust, trustOf } from "./mesh-identity.ts";
import { startNatsServers } from "./nats-servers.ts";
import { LOOPBACK, type Place } from "./place.ts";
import { reservePort } from "./ports.ts";
import { Program } from "./program.ts";
import { type SecuredDatacenter, secureBus, seedVariables } from "./secured-bus.ts";
import { Sidecar, type SidecarOptions } from "./sidecar.ts";
import { TerminatingGateway, type TerminatingGatewayOptions } from "./terminating-gateway.ts";

/** The services of the control plane, and the agent. */
export const SERVICES = ["catalog", "ca", "intentions", "config-entries", "federation", "kv", "agent"] as const;
/** Beside them runs `acl`, where ACLs are on. */
export type ServiceName = (typeof SERVICES)[number] | "acl";

/** How a mesh differs from an ordinary one. */
export type MeshOptions = {
  readonly datacenter?: string;
  /** Where global state is written; this datacenter unless told. */
  readonly primaryDatacenter?: string;
  /** Where its processes run; on the loopback interface unless told. */
  readonly place?: Place;
  /** Folder of its datacenter's part of a secured bus, as `secureBus` makes it; it has one of its own unless told. */
  readonly busFolder?: string;
  /** `<address>:<port>` at which its NATS server tells of itself; nowhere unless told. */
  readonly natsMonitor?: string;
  /** How many NATS servers it has; 1 unless told, and with more each keeps as many copies of a bucket, up to 3. */
  readonly natsServers?: number;
  /** What holds where no intention does; "allow" unless told. */
  readonly defaultPolicy?: "allow" | "deny";
  /** Whether nothing is done without a token that may do it; the mesh's own `agent` then has a management token. */
  readonly acl?: boolean;
};

type Parts = {
  readonly natsServers: readonly [NatsServer, ...NatsServer[]];
  readonly busFolder: string;
  readonly programs: ReadonlyMap<ServiceName, Program>;
  readonly place: ProxyPlace;
  readonly resources: AsyncDisposableStack;
};

/** A mesh that runs: one NATS server, and one process per service. Disposing of it ends all of them, and forgets what they wrote. */
export class Mesh implements AsyncDisposable {
  readonly natsServers: readonly [NatsServer, ...NatsServer[]];
  /** Where the seeds of its bus are, one for each role. */
  readonly busFolder: string;
  readonly agent: AgentApi;
  readonly #programs: ReadonlyMap<ServiceName, Program>;
  readonly #place: ProxyPlace;
  readonly #resources: AsyncDisposableStack;

  /** Use `startMesh`, or `as`. */
  constructor({ natsServers, busFolder, programs, place, resources }: Parts) {
    this.natsServers = natsServers;
    this.busFolder = busFolder;
    this.agent = place.agent;
    this.#programs = programs;
    this.#place = place;
    this.#resources = resources;
  }

  /** Its NATS server, the first where there are several. */
  get nats(): NatsServer {
    return this.natsServers[0];
  }

  /** IP address at which its services and proxies are reached. */
  get host(): string {
    return this.#place.host;
  }

  /** The same mesh for whoever has another token, or none: by it they ask the agent, run commands, and start proxies. Not to be disposed of. */
  as(token: string | undefined): Mesh {
    const place = { ...this.#place, agent: this.agent.as(token) };
    const { natsServers, busFolder } = this;
    return new Mesh({ natsServers, busFolder, programs: this.#programs, place, resources: this.#resources });
  }

  /** The process of a service. */
  pid(name: ServiceName): number {
    return this.#program(name).pid;
  }

  /** Ends a service as a power cut would. */
  async kill9(name: ServiceName): Promise<void> {
    await this.#program(name).kill9();
  }

  /** Ends every service, and the NATS server, as a power cut would; what was started beside them goes on. */
  async kill9All(): Promise<void> {
    const programs = [...this.#programs.values()].map((program) => program.kill9());
    await Promise.all([this.nats.kill(), ...programs]);
  }

  /** Starts a service again; resolves when it is ready. */
  async restart(name: ServiceName): Promise<void> {
    await this.#program(name).restart();
  }

  /** Registers and runs a terminating gateway, which whoever starts it ends. */
  startTerminatingGateway(
    name: string,
    options: TerminatingGatewayOptions & { readonly place?: Place } = {},
  ): Promise<TerminatingGateway> {
    return TerminatingGateway.start({ ...this.#place, ...options.place }, name, options);
  }

  /**
   * Registers and runs a mesh gateway with a LAN and a WAN address, which whoever starts it ends. It may run in another place than the
   * mesh, where it reaches the mesh and others do it.
   */
  startMeshGateway(name: string, options: MeshGatewayOptions & { readonly place?: Place } = {}): Promise<MeshGateway> {
    return MeshGateway.start({ ...this.#place, ...options.place }, name, options);
  }

  /** Registers and runs an ingress gateway, which whoever starts it ends. */
  startIngressGateway(name: string): Promise<IngressGateway> {
    return IngressGateway.start(this.#place, name);
  }

  /** Registers a service with a sidecar and runs that, which whoever starts it ends. */
  startSidecar(service: string, options: SidecarOptions & { readonly place?: Place } = {}): Promise<Sidecar> {
    return Sidecar.start({ ...this.#place, ...options.place }, service, options);
  }

  /** Runs `causeway connect` with these arguments, which becomes a proxy; whoever starts it ends it. */
  startConnect(id: string, ...args: readonly string[]): Promise<Program> {
    return connect(this.#place, id, args);
  }

  /** Runs a `causeway` command against this mesh's agent, to its end. */
  causeway(...args: readonly string[]): Promise<CommandResult> {
    const { url, token } = this.agent;
    return runCauseway(args, { CONSUL_HTTP_ADDR: new URL(url).host, CONSUL_HTTP_TOKEN: token });
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
export async function startMesh(options: MeshOptions = {}): Promise<Mesh> {
  await using resources = new AsyncDisposableStack();
  const { place = LOOPBACK, datacenter = "dc1" } = options;
  const { path: folder } = resources.use(await temporaryDirectory());
  const { busFolder = await busOfOne(folder, { datacenter, hosts: [place.local], monitor: options.natsMonitor }) } =
    options;
  const count = options.natsServers ?? 1;
  const natsServers = await startNatsServers({ datacenter, count, busFolder, folder, place }, resources);
  const httpPort = await reservePort();
  const managementToken = options.acl === true ? randomUUID() : undefined;
  const start = async (name: ServiceName) => {
    const env = environmentOf(name, {
      ...options,
      natsUrl: natsServers.map(({ url }) => url).join(","),
      busFolder,
      httpPort,
      folder,
      place,
      managementToken,
    });
    const path = fileURLToPath(import.meta.resolve(`@causeway/${name}/main`));
    return [name, resources.use(await Program.start({ path, env, within: place.within }))] as const;
  };
  // Whatever one of them does, each is waited for: a process that has just started must be known to be ended.
  const services: readonly ServiceName[] = managementToken === undefined ? SERVICES : [...SERVICES, "acl"];
  const started = await Promise.allSettled(services.map(start));
  for (const each of started) if (each.status === "rejected") throw each.reason;
  const programs = new Map(started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : [])));
  const agent = new AgentApi(String(programs.get("agent")?.facts["url"]), managementToken);
  // The agent hears of the management token from its owner, perhaps a moment after both are ready.
  if (managementToken !== undefined) await eventually(() => agent.get("/v1/acl/token/self"));
  // Nor does it wait for the key/value store, without which it is of use.
  await eventually(() => agent.get("/v1/kv/?keys"));
  return new Mesh({
    natsServers,
    busFolder,
    programs,
    place: { ...place, agent, folder },
    resources: resources.move(),
  });
}

async function busOfOne(folder: string, secured: SecuredDatacenter): Promise<string> {
  const bus = join(folder, "bus");
  await secureBus(bus, [secured]);
  return join(bus, secured.datacenter);
}

type Surroundings = MeshOptions & {
  readonly natsUrl: string;
  readonly busFolder: string;
  readonly httpPort: number;
  readonly folder: string;
  readonly place: Place;
  /** Undefined where ACLs are off. */
  readonly managementToken: string | undefined;
};

const WITH_ACLS = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

/** What a service is told. */
function environmentOf(name: ServiceName, surroundings: Surroundings): Readonly<Record<string, string>> {
  const { datacenter = "dc1", primaryDatacenter = datacenter, defaultPolicy = "allow", place } = surroundings;
  const { managementToken } = surroundings;
  const own: Partial<Record<ServiceName, Record<string, string>>> = {
    agent: {
      CAUSEWAY_HTTP_ADDRESS: place.local,
      CAUSEWAY_HTTP_PORT: String(surroundings.httpPort),
      CAUSEWAY_ADVERTISE_ADDRESS: place.host,
      // On a busy machine one that is killed is not back within ten seconds, and tests compare what was before and after.
      CAUSEWAY_BEAT_INTERVAL_MS: "60000",
      ...(managementToken === undefined ? {} : { CAUSEWAY_ACL_AGENT_TOKEN: managementToken }),
    },
    intentions: { CAUSEWAY_DEFAULT_POLICY: defaultPolicy },
    ...(managementToken === undefined ? {} : { acl: { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: managementToken } }),
  };
  return {
    CAUSEWAY_NATS_URL: surroundings.natsUrl,
    ...seedVariables(surroundings.busFolder, name),
    CAUSEWAY_BUCKET_REPLICAS: String(Math.min(3, surroundings.natsServers ?? 1)),
    CAUSEWAY_DATACENTER: datacenter,
    CAUSEWAY_PRIMARY_DATACENTER: primaryDatacenter,
    CAUSEWAY_DATA_DIR: join(surroundings.folder, name),
    CAUSEWAY_ADMIN_ADDRESS: place.local,
    ...(managementToken === undefined ? {} : WITH_ACLS),
    ...own[name],
  };
}
