import { Admin } from "./admin.ts";
import { connect, type ProxyPlace } from "./connect.ts";
import { reservePort } from "./ports.ts";
import type { Program } from "./program.ts";

/** How connections to another datacenter go: directly, by a mesh gateway of one's own, or by one there. */
export type MeshGatewayMode = "none" | "local" | "remote";

/** A service that an application calls, if it takes more than a name to say which and how. */
export type UpstreamOptions = {
  readonly destination: string;
  readonly datacenter?: string;
  readonly meshGateway?: MeshGatewayMode | undefined;
};

/** What a sidecar's service is like. */
export type SidecarOptions = {
  /** Services that it calls. */
  readonly upstreams?: readonly (string | UpstreamOptions)[];
  /** Port of the application; one where nothing listens unless told. */
  readonly port?: number;
  /** IP address of the application, as its sidecar reaches it; that of the place where the tests reach things unless told. */
  readonly address?: string;
  /** Port that the mesh is told, of whatever stands before the sidecar; the sidecar's own unless told. */
  readonly registeredPort?: number;
  /** How often the agent looks whether the sidecar listens, as "1s"; as often as it does by itself unless told. */
  readonly checkInterval?: string;
};

/** What of a sidecar's registration stays as it is. */
type Registration = Omit<SidecarOptions, "upstreams"> & {
  readonly place: ProxyPlace;
  readonly service: string;
  readonly sidecarPort: number;
  readonly applicationPort: number;
};

type BoundUpstream = UpstreamOptions & { readonly port: number };

/** A sidecar proxy that runs beside a service. */
export class Sidecar implements AsyncDisposable {
  /** Port of its listener for the mesh. */
  readonly port: number;
  readonly program: Program;
  readonly admin: Admin;
  readonly #registration: Registration;
  readonly #upstreams: Map<string, BoundUpstream>;

  private constructor(registration: Registration, program: Program, upstreams: Map<string, BoundUpstream>) {
    this.port = registration.sidecarPort;
    this.program = program;
    this.admin = new Admin(() => program.adminAddress);
    this.#registration = registration;
    this.#upstreams = upstreams;
  }

  /** Registers `service` with a sidecar, and starts that by `causeway connect proxy -sidecar-for`. */
  static async start(place: ProxyPlace, service: string, options: SidecarOptions = {}): Promise<Sidecar> {
    const { upstreams = [], port: applicationPort = await reservePort() } = options;
    const registration = { ...options, place, service, sidecarPort: await reservePort(), applicationPort };
    const bound = new Map<string, BoundUpstream>();
    for (const upstream of upstreams) {
      const given = typeof upstream === "string" ? { destination: upstream } : upstream;
      bound.set(given.destination, { ...given, port: await reservePort() });
    }
    await register(registration, bound);
    const program = await connect(place, `${service}-sidecar`, ["proxy", "-sidecar-for", service]);
    return new Sidecar(registration, program, bound);
  }

  /** The local port at which the application calls an upstream. */
  upstream(service: string): number {
    return this.#upstream(service).port;
  }

  /** Registers the service anew, with another mode for an upstream; undefined sets none. */
  async setMode(service: string, meshGateway: MeshGatewayMode | undefined): Promise<void> {
    this.#upstreams.set(service, { ...this.#upstream(service), meshGateway });
    await register(this.#registration, this.#upstreams);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }

  #upstream(service: string): BoundUpstream {
    const upstream = this.#upstreams.get(service);
    if (upstream === undefined) throw new Error(`${service} is not among the upstreams`);
    return upstream;
  }
}

async function register(registration: Registration, upstreams: ReadonlyMap<string, BoundUpstream>): Promise<void> {
  const { place, service, sidecarPort, applicationPort, address = place.local, checkInterval } = registration;
  const { registeredPort = sidecarPort } = registration;
  const TCP = `${place.host}:${sidecarPort}`;
  const check = { Name: "Connect Sidecar Listening", TCP, Interval: checkInterval };
  const Upstreams = [...upstreams.values()].map((upstream) => ({
    ...fieldsOf(upstream),
    LocalBindAddress: place.local,
    LocalBindPort: upstream.port,
  }));
  await place.agent.put("/v1/agent/service/register", {
    Name: service,
    Port: applicationPort,
    Address: place.host,
    Connect: {
      SidecarService: {
        Port: registeredPort,
        Proxy: { LocalServiceAddress: address, Upstreams, Config: { bind_port: sidecarPort } },
        ...(checkInterval === undefined ? {} : { Checks: [check] }),
      },
    },
  });
}

function fieldsOf({ destination, datacenter, meshGateway }: UpstreamOptions) {
  return {
    DestinationName: destination,
    ...(datacenter === undefined ? {} : { Datacenter: datacenter }),
    ...(meshGateway === undefined ? {} : { MeshGateway: { Mode: meshGateway } }),
  };
}
