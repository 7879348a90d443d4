import { connect } from "node:net";
import type { CheckMethod } from "../local-service.ts";
import { hostAndPort } from "./host-and-port.ts";
import type { CheckResult } from "./result.ts";

/** Looks whether something accepts TCP connections: passing when it does, critical when it does not in time. */
export function checkTcp({ address, timeoutMs }: Extract<CheckMethod, { kind: "tcp" }>): Promise<CheckResult> {
  const { host, port } = hostAndPort(address);
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const failed = (reason: string) => resolve({ status: "critical", output: `dial tcp ${address}: ${reason}` });
  const socket = connect({ host, port, timeout: timeoutMs });
  socket.on("connect", () => resolve({ status: "passing", output: `TCP connect ${address}: Success` }));
  socket.on("timeout", () => failed("i/o timeout"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    failed(error.code === "ECONNREFUSED" ? "connect: connection refused" : error.message);
  });
  return promise.finally(() => socket.destroy());
}
