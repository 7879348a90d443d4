import { isIP } from "node:net";
import type { Listener, Route } from "@causeway/routes";
import { targetsOf } from "../failover.ts";
import { Kernel } from "./kernel.ts";
import { AF_INET, EPOLL_CTL_ADD, EPOLLET, EPOLLIN } from "./linux.ts";
import { packAddress } from "./socket-address.ts";
import { errorName } from "./system-errors.ts";

/**
 * Whether all that the routes of a listener ask for can be done by the worker: connections are carried as they are, or are taken in or go on
 * by TLS where `speaksTls` says that this works. It asks every client who it is, and sees no request.
 */
export function canBeSpliced({ address, match }: Listener, speaksTls: () => boolean): boolean {
  if (isIP(address) === 0 || match.by === "host") return false;
  const routes = match.by === "listener" ? [match.route] : [...match.routes.values()];
  if (routes.some(({ inbound }) => inbound.kind === "tls")) return false;
  return !routes.some(needsTls) || speaksTls();
}

function needsTls(route: Route): boolean {
  return route.inbound.kind === "mtls" || targetsOf(route).some(({ outbound }) => outbound.kind !== "plain");
}

/** Why connections cannot be spliced on this machine, found by carrying a few bytes; `undefined` when they can. */
export function unfitness(): string | undefined {
  const open: number[] = [];
  let kernel: Kernel | undefined;
  try {
    kernel = Kernel.open();
    return trial(kernel, open);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const fd of open) kernel?.close(fd);
  }
}

/** On one machine a connection is there at once, and so is what is sent. */
const TRIAL_MS = 1_000;

/** Has a few bytes go from a socket through a pipe to a socket; what is opened is put into `open`. */
function trial(kernel: Kernel, open: number[]): string | undefined {
  const succeed = (call: string, result: number): number => {
    if (result < 0) throw new Error(`${call} failed: ${errorName(-result)}`);
    return result;
  };
  const opened = (call: string, result: number): number => {
    open.push(succeed(call, result));
    return result;
  };
  const poll = opened("epoll_create1", kernel.poll());
  const arrival = (fd: number) => {
    succeed("epoll_ctl", kernel.watch(poll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET));
    if (kernel.wait(poll, TRIAL_MS) < 1) throw new Error("epoll_wait told of nothing");
  };
  const listener = opened("socket", kernel.socket(AF_INET));
  succeed("bind", kernel.bind(listener, packAddress({ host: "127.0.0.1", port: 0 })));
  succeed("listen", kernel.listen(listener, 1));
  succeed("getsockname", kernel.ownAddress(listener));
  const client = opened("socket", kernel.socket(AF_INET));
  kernel.connect(client, packAddress(kernel.lastAddress()));
  arrival(listener);
  const server = opened("accept4", kernel.accept(listener));
  const reading = opened("pipe2", kernel.pipe());
  const writing = opened("pipe2", kernel.lastWritingEnd());
  const length = kernel.buffer.write("causeway");
  succeed("send", kernel.send(server, length));
  arrival(client);
  const taken = succeed("splice", kernel.splice(client, writing));
  const given = succeed("splice", kernel.splice(reading, client));
  arrival(server);
  const received = succeed("recv", kernel.receive(server));
  return taken === length && given === length && received === length ? undefined : "splice lost bytes";
}
