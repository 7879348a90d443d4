import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Place } from "./place.ts";

const run = promisify(execFile);

// Addresses for tests of networks, which nobody routes (RFC 2544).
const NETWORK = "198.18";

/** The device that whatever leads nowhere else is sent to; it ends in another one that drops all. */
const TRAP = "trap";

/**
 * A network namespace joined to this machine by one cable. Whatever a process in it dials that is not at the cable's other end goes into
 * a trap, which remembers the address. Needs to be root, and `ip` of iproute2.
 */
export class NetworkNamespace implements AsyncDisposable {
  readonly #name: string;
  /** For processes that run in it; the tests reach them at the same address as others do. */
  readonly place: Place;
  /** IP address of this machine at its end of the cable. */
  readonly outside: string;

  private constructor(name: string, number: number) {
    this.#name = name;
    const inside = `${NETWORK}.${number}.2`;
    this.place = { host: inside, local: inside, within: ["ip", "netns", "exec", name] };
    this.outside = `${NETWORK}.${number}.1`;
  }

  /** Makes a namespace, with a network of its own for each `number` from 1 to 255; undefined where this machine does not let us. */
  static async make(number: number): Promise<NetworkNamespace | undefined> {
    const name = `causeway-${process.pid}-${number}`;
    try {
      await run("ip", ["netns", "add", name]);
    } catch {
      return undefined;
    }
    const namespace = new NetworkNamespace(name, number);
    try {
      await namespace.#connect(`cw${process.pid}-${number}`);
      return namespace;
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The addresses that processes in it have dialled beyond the cable's other end. */
  async strays(): Promise<readonly string[]> {
    const { stdout } = await run("ip", ["-4", "-n", this.#name, "neigh", "show", "dev", TRAP]);
    return [...stdout.matchAll(/^\S+/gm)].map(([address]) => address);
  }

  /** Removes it, with both ends of its cable. */
  async [Symbol.asyncDispose](): Promise<void> {
    await run("ip", ["netns", "delete", this.#name]);
  }

  async #connect(device: string): Promise<void> {
    const ip = (...args: readonly string[]) => run("ip", args);
    const inside = (...args: readonly string[]) => ip("-n", this.#name, ...args);
    await inside("link", "set", "lo", "up");
    await ip("link", "add", device, "type", "veth", "peer", "name", "cable", "netns", this.#name);
    await ip("address", "add", `${this.outside}/30`, "dev", device);
    await ip("link", "set", device, "up");
    await inside("address", "add", `${this.place.host}/30`, "dev", "cable");
    await inside("link", "set", "cable", "up");
    await inside("link", "add", TRAP, "type", "veth", "peer", "name", "nowhere");
    for (const end of ["nowhere", TRAP]) await inside("link", "set", end, "up");
    await inside("route", "add", "default", "dev", TRAP);
  }
}
