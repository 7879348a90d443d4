import { readFileSync } from "node:fs";
import type { Kernel } from "./kernel.ts";

/** Where Linux says by which algorithm TCP decides how fast it sends. */
const ALGORITHM = "/proc/sys/net/ipv4/tcp_congestion_control";

/**
 * Whether TCP spreads what it sends over time, by a timer for each piece: of the algorithms that Linux brings, BBR does.
 *
 * @param algorithm - what this system says of it, unless given.
 */
export function isPaced(algorithm = ownAlgorithm()): boolean {
  return algorithm.startsWith("bbr");
}

/** Whether what is sent to an IP address stays on this machine: it is a loopback address. */
export function staysHere(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host.startsWith("::ffff:127.");
}

/**
 * Takes the pace from sockets that lead nowhere but to this machine. There is no network to be kept from filling up, and the timers are a
 * third of what it costs to carry a byte there.
 */
export class Pacing {
  readonly #kernel: Pick<Kernel, "sendUnpaced">;
  readonly #paced: boolean;

  constructor(kernel: Pick<Kernel, "sendUnpaced">, paced = isPaced()) {
    this.#kernel = kernel;
    this.#paced = paced;
  }

  /**
   * Has a socket that is not connected yet send to `host` without a pace, if that is on this machine; or all that it accepts, where `host`
   * is what it listens on. One for which the system refuses that is paced as before.
   */
  lift(fd: number, host: string): void {
    if (this.#paced && staysHere(host)) this.#kernel.sendUnpaced(fd);
  }
}

function ownAlgorithm(): string {
  try {
    return readFileSync(ALGORITHM, "utf8");
  } catch {
    // It is hidden here, so that nothing is known of a pace.
    return "";
  }
}
