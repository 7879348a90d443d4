import { fstatSync, readFileSync } from "node:fs";
import type { Listener } from "@causeway/routes";
import { BACKLOG } from "../bound-listener.ts";
import { printAddress } from "../print-address.ts";
import type { Kernel } from "./kernel.ts";
import * as linux from "./linux.ts";
import { Pacing } from "./pacing.ts";
import { familyOf, packAddress } from "./socket-address.ts";
import { systemError } from "./system-errors.ts";

/** How a socket listens. */
export type Listening = {
  /** TCP keepalive towards clients begins after so long. */
  readonly keepaliveMs: number;
  /** Whether others of the same user may listen on the same address; they must say the same. The kernel then shares connections out. */
  readonly shared: boolean;
};

/** A socket that listens, which the caller closes. Throws the system's error when the address cannot be bound. */
export function listenAt(
  kernel: Kernel,
  { address: host, port }: Pick<Listener, "address" | "port">,
  { keepaliveMs, shared }: Listening,
): number {
  const succeeded = (result: number): number => {
    if (result < 0) throw systemError("listen", -result, printAddress(host, port));
    return result;
  };
  const fd = succeeded(kernel.socket(familyOf(host)));
  try {
    kernel.setOption(fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, 1);
    if (shared) succeeded(kernel.setOption(fd, linux.SOL_SOCKET, linux.SO_REUSEPORT, 1));
    // Accepted sockets inherit these. What is not configured is as with Node's sockets: 10 probes at intervals of a second.
    kernel.setOption(fd, linux.IPPROTO_TCP, linux.TCP_NODELAY, 1);
    kernel.setOption(fd, linux.SOL_SOCKET, linux.SO_KEEPALIVE, 1);
    kernel.setOption(fd, linux.IPPROTO_TCP, linux.TCP_KEEPIDLE, Math.max(1, Math.round(keepaliveMs / 1_000)));
    kernel.setOption(fd, linux.IPPROTO_TCP, linux.TCP_KEEPINTVL, 1);
    kernel.setOption(fd, linux.IPPROTO_TCP, linux.TCP_KEEPCNT, 10);
    new Pacing(kernel).lift(fd, host);
    succeeded(kernel.bind(fd, packAddress({ host, port })));
    succeeded(kernel.listen(fd, BACKLOG));
    // What a process that has gone said of who is to have new connections; nothing in most cases, which is an error that says nothing.
    if (shared) kernel.setOption(fd, linux.SOL_SOCKET, linux.SO_DETACH_REUSEPORT_BPF, 0);
    return fd;
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

/**
 * Has new connections go to whoever else listens on the address of these sockets, which are all that this process has there. Gives false
 * when there is nobody; otherwise only connections of which the handshake has begun still come here, and they are to be accepted for a
 * while: to close a listening socket is to reset those.
 *
 * The kernel numbers the sockets of an address from the oldest, so that those of a predecessor come first.
 *
 * @see https://docs.kernel.org/networking/filter.html
 */
export function handOver(kernel: Kernel, sockets: readonly number[]): boolean {
  const [first] = sockets;
  if (first === undefined) return false;
  const others = countOthers(sockets);
  if (others === 0) return false;
  kernel.setProgram(first, linux.SO_ATTACH_REUSEPORT_CBPF, [
    { code: linux.BPF_LOAD_WORD, value: linux.BPF_RANDOM },
    { code: linux.BPF_MODULO, value: others },
    { code: linux.BPF_ADD, value: sockets.length },
    { code: linux.BPF_RETURN_ACCUMULATOR, value: 0 },
  ]);
  return true;
}

const LISTENING = "0A";

/** How many sockets besides these listen on the same address. */
function countOthers(sockets: readonly number[]): number {
  const own = new Set(sockets.map((fd) => String(fstatSync(fd).ino)));
  // proc_net_tcp: number, local address, remote address, state, queues, timer, retransmissions, user, timeout, inode.
  const lines = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].flatMap((file) => readFileSync(file, "utf8").split("\n"));
  const listening = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTENING)
    .map(([, address, , , , , , , , inode = ""]) => ({ address, inode }));
  const address = listening.find(({ inode }) => own.has(inode))?.address;
  return listening.filter((each) => each.address === address && !own.has(each.inode)).length;
}
