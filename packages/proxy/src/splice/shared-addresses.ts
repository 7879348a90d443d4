import type { Sharing } from "../bound-listener.ts";
import { Kernel } from "./kernel.ts";
import { handOver, listenAt } from "./shared-port.ts";

/** How Node's own servers share addresses with other processes; `undefined` where the system cannot be asked for that. */
export function shareAddresses(keepaliveMs: number): Sharing | undefined {
  let kernel: Kernel;
  try {
    kernel = Kernel.open();
  } catch {
    // Not Linux, or without node:ffi: one process then ends before the next can listen.
    return undefined;
  }
  return {
    listen: (listener) => listenAt(kernel, listener, { keepaliveMs, shared: true }),
    handOver: (socket) => handOver(kernel, [socket]),
  };
}
