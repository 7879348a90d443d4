import { Admin } from "./admin.ts";
import { connect, type ProxyPlace } from "./connect.ts";
import { reservePort } from "./ports.ts";
import type { Program } from "./program.ts";

/** A service that an application calls, if it takes more than a name to say which and how. */
export type UpstreamOptions = {
  readonly destination: string;
  /** What tests call it; the destination's name unless told. */
  readonly name?: string;
  readonly datacenter?: string;
  readonly meshGateway?: "none" | "local" | "remote";
};

/** What a sidecar's service is like. */
export type SidecarOptions = {
  /** Services that it calls. */
  readonly upstreams?: readonly (string | UpstreamOptions)[];
  /** Port of the application; one where nothing listens unless told. */
  readonly port?: number;
  /** IP address of the application, as its sidecar reaches it; that of the place where the tests reach things unless told. */
  readonly address?: string;
  /** How often the agent looks whether the sidecar listens, as "1s"; as often as it does by itself unless told. */
  readonly checkInterval?: string;
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
    this.admin = new Admin(() => program.adminAddress);
    this.#upstreams = upstreams;
  }

  /** Registers `service` with a sidecar, and starts that by `causeway connect proxy -sidecar-for`. */
  static async start(
    place: ProxyPlace,
    service: string,
    { upstreams = [], port, address = place.local, checkInterval }: SidecarOptions = {},
  ): Promise<Sidecar> {
    const own = await reservePort();
    const ports = new Map<string, number>();
    const Upstreams: unknown[] = [];
    for (const upstream of upstreams) {
      const {
        destination,
        name = destination,
        ...how
      }: UpstreamOptions = typeof upstream === "string" ? { destination: upstream } : upstream;
      const LocalBindPort = await reservePort();
      ports.set(name, LocalBindPort);
      Upstreams.push({ DestinationName: destination, LocalBindAddress: place.local, LocalBindPort, ...fields(how) });
    }
    const check = { Name: "Connect Sidecar Listening", TCP: `${place.host}:${own}`, Interval: checkInterval };
    await place.agent.put("/v1/agent/service/register", {
      Name: service,
      Port: port ?? (await reservePort()),
      Address: place.host,
      Connect: {
        SidecarService: {
          Port: own,
          Proxy: { LocalServiceAddress: address, Upstreams },
          ...(checkInterval === undefined ? {} : { Checks: [check] }),
        },
      },
    });
    const program = await connect(place, `${service}-sidecar`, ["proxy", "-sidecar-for", service]);
    return new Sidecar(own, program, ports);
  }

  /** The local port at which the application calls an upstream. */
  upstream(name: string): number {
    const port = this.#upstreams.get(name);
    if (port === undefined) throw new Error(`${name} is not among the upstreams`);
    return port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

function fields({ datacenter, meshGateway }: Pick<UpstreamOptions, "datacenter" | "meshGateway">) {
  return {
    ...(datacenter === undefined ? {} : { Datacenter: datacenter }),
    ...(meshGateway === undefined ? {} : { MeshGateway: { Mode: meshGateway } }),
  };
}
