import type { Listener } from "@causeway/routes";
import { BACKLOG } from "../bound-listener.ts";
import type { BoundAddress } from "../bound-listeners.ts";
import { printAddress } from "../print-address.ts";
import type { Kernel } from "./kernel.ts";
import {
  IPPROTO_TCP,
  SHUT_RDWR,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from "./linux.ts";
import type { Order } from "./protocol.ts";
import { changeBetween } from "./route-change.ts";
import { familyOf, packAddress } from "./socket-address.ts";
import { systemError } from "./system-errors.ts";

/** By what a listener is bound, and who serves it. */
export type Service = {
  readonly kernel: Kernel;
  readonly keepaliveMs: number;
  readonly order: (order: Order) => void;
};

/** An address that is listened on here, so that an error is known at once, and whose connections the worker accepts. */
export class SplicedListener implements BoundAddress {
  readonly engine = "splice";
  readonly name: string;
  readonly port: number;
  #current: Listener | undefined;
  readonly #fd: number;
  readonly #service: Service;

  /** Throws the system's error when the address cannot be bound. */
  constructor(listener: Listener, service: Service) {
    this.name = listener.name;
    this.#service = service;
    this.#fd = listen(listener, service);
    service.kernel.ownAddress(this.#fd);
    this.port = service.kernel.lastAddress().port;
    service.order({ kind: "listen", listener: this.#fd, name: listener.name });
  }

  /** What the table says of this address now; `undefined` once it says nothing any more. */
  get current(): Listener | undefined {
    return this.#current;
  }

  /** Does from here on what the table says of this address; the worker is told what has changed. */
  assign(listener: Listener | undefined): void {
    const change = changeBetween(this.#current?.match, listener?.match);
    this.#current = listener;
    if (change !== "nothing") this.#service.order({ kind: "assign", listener: this.#fd, change });
  }

  /** Stops listening at once; connections that were accepted stay. The worker closes the descriptor. */
  close(): void {
    this.#service.kernel.shutdown(this.#fd, SHUT_RDWR);
    this.#service.order({ kind: "stop-listening", listener: this.#fd });
  }
}

function listen({ address: host, port }: Listener, { kernel, keepaliveMs }: Service): number {
  const succeeded = (result: number): number => {
    if (result < 0) throw systemError("listen", -result, printAddress(host, port));
    return result;
  };
  const fd = succeeded(kernel.socket(familyOf(host)));
  try {
    kernel.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    // Accepted sockets inherit these. What is not configured is as with Node's sockets: 10 probes at intervals of a second.
    kernel.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    kernel.setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    kernel.setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, Math.max(1, Math.round(keepaliveMs / 1_000)));
    kernel.setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    kernel.setOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 10);
    succeeded(kernel.bind(fd, packAddress({ host, port })));
    succeeded(kernel.listen(fd, BACKLOG));
    return fd;
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}
