import { Admin } from "./admin.ts";
import { connect, type ProxyPlace, proxyFolder } from "./connect.ts";
import { reservePort } from "./ports.ts";
import type { Program } from "./program.ts";

/** What a mesh gateway can be told. */
export type MeshGatewayOptions = {
  /** What is registered as its WAN address, `host:port`; where it listens for other datacenters unless told. */
  readonly wanAddress?: string;
  /** Further arguments of the command. */
  readonly args?: readonly string[];
};

/** A mesh gateway that runs. */
export class MeshGateway implements AsyncDisposable {
  /** Port of its listener for its own datacenter. */
  readonly port: number;
  readonly program: Program;
  readonly admin: Admin;
  /** Folder of all that it keeps on disk. */
  readonly folder: string;
  /** Where other datacenters reach it. */
  readonly wanAddress: string;
  /** Port of its listener for other datacenters. */
  readonly wanPort: number;

  private constructor(port: number, wanPort: number, wanAddress: string, folder: string, program: Program) {
    this.port = port;
    this.wanPort = wanPort;
    this.wanAddress = wanAddress;
    this.folder = folder;
    this.program = program;
    this.admin = new Admin(() => program.adminAddress);
  }

  /**
   * Registers and starts a gateway by `causeway connect envoy -gateway=mesh -register`. One of the same name that has ended before comes
   * back with new addresses.
   */
  static async start(place: ProxyPlace, name: string, options: MeshGatewayOptions = {}): Promise<MeshGateway> {
    const port = await reservePort();
    const lan = `${place.host}:${port}`;
    const wanPort = await reservePort();
    const wan = `${place.host}:${wanPort}`;
    const { wanAddress = wan, args = [] } = options;
    const registration = ["-gateway=mesh", "-register", "-service", name, "-address", lan, "-wan-address", wanAddress];
    const bind = ["-bind-address", `lan=${lan}`, "-bind-address", `wan=${wan}`];
    const program = await connect(place, name, ["envoy", ...registration, ...bind, ...args]);
    return new MeshGateway(port, wanPort, wanAddress, proxyFolder(place, name), program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
