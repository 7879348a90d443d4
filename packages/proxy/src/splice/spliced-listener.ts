import type { Listener } from "@causeway/routes";
import type { BoundAddress } from "../bound-listeners.ts";
import type { Kernel } from "./kernel.ts";
import { SHUT_RDWR } from "./linux.ts";
import type { Order } from "./protocol.ts";
import { changeBetween } from "./route-change.ts";
import { handOver, listenAt } from "./shared-port.ts";

/** Whoever accepts connections on one socket of a listener. */
export type Accepting = { order(order: Order): void };

/** By what a listener is bound, and who serves it. */
export type Service = {
  readonly kernel: Kernel;
  readonly keepaliveMs: number;
  /** Whether another process may listen on the same addresses. */
  readonly sharePorts: boolean;
  readonly workers: readonly Accepting[];
};

/** A socket of a listener, and who accepts on it. */
type Share = { readonly fd: number; readonly worker: Accepting };

/**
 * An address that is listened on here, so that an error is known at once, with a socket for each worker, among which the kernel shares the
 * connections out.
 */
export class SplicedListener implements BoundAddress {
  readonly engine = "splice";
  readonly name: string;
  readonly port: number;
  #current: Listener | undefined;
  readonly #shares: readonly Share[];
  readonly #kernel: Kernel;
  readonly #sharePorts: boolean;

  /** Throws the system's error when the address cannot be bound. */
  constructor(listener: Listener, { kernel, keepaliveMs, sharePorts, workers }: Service) {
    this.name = listener.name;
    this.#kernel = kernel;
    this.#sharePorts = sharePorts;
    const shared = sharePorts || workers.length > 1;
    // That several threads listen is no reason for not being told that somebody else does.
    if (shared && !sharePorts) kernel.close(listenAt(kernel, listener, { keepaliveMs, shared: false }));
    const shares: Share[] = [];
    let { port } = listener;
    try {
      for (const worker of workers) {
        shares.push({ fd: listenAt(kernel, { ...listener, port }, { keepaliveMs, shared }), worker });
        port = portOf(shares, kernel);
      }
    } catch (error) {
      for (const { fd } of shares) kernel.close(fd);
      throw error;
    }
    this.port = port;
    this.#shares = shares;
    for (const { fd, worker } of shares) worker.order({ kind: "listen", listener: fd, name: listener.name });
  }

  /** What the table says of this address now; `undefined` once it says nothing any more. */
  get current(): Listener | undefined {
    return this.#current;
  }

  /** Does from here on what the table says of this address; the workers are told what has changed. */
  assign(listener: Listener | undefined): void {
    const change = changeBetween(this.#current?.match, listener?.match);
    this.#current = listener;
    if (change === "nothing") return;
    for (const { fd, worker } of this.#shares) worker.order({ kind: "assign", listener: fd, change });
  }

  handOver(): boolean {
    const sockets = this.#shares.map(({ fd }) => fd);
    return this.#sharePorts && handOver(this.#kernel, sockets);
  }

  /** Stops listening at once; connections that were accepted stay. The workers close the descriptors. */
  close(): void {
    for (const { fd, worker } of this.#shares) {
      this.#kernel.shutdown(fd, SHUT_RDWR);
      worker.order({ kind: "stop-listening", listener: fd });
    }
  }
}

/** The port of the first socket, which the system may have chosen. */
function portOf([first]: readonly Share[], kernel: Kernel): number {
  if (first !== undefined) kernel.ownAddress(first.fd);
  return kernel.lastAddress().port;
}
