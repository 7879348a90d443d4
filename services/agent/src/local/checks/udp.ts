import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { CheckMethod } from "../local-service.ts";
import { hostAndPort } from "./host-and-port.ts";
import type { CheckResult } from "./result.ts";

/**
 * Sends an empty datagram: critical when the machine answers that nobody listens there, passing when anything else comes back or nothing
 * does for `timeoutMs`, since many services answer only what they understand.
 */
export function checkUdp({ address, timeoutMs }: Extract<CheckMethod, { kind: "udp" }>): Promise<CheckResult> {
  const { host, port } = hostAndPort(address);
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const well = () => resolve({ status: "passing", output: `UDP connect ${address}: Success` });
  const timer = setTimeout(well, timeoutMs);
  socket.on("message", well);
  socket.on("error", (error: NodeJS.ErrnoException) => {
    const reason = error.code === "ECONNREFUSED" ? "connection refused" : error.message;
    resolve({ status: "critical", output: `udp ${address}: ${reason}` });
  });
  // Only a connected socket is told that nobody listens.
  socket.connect(port, host, () => socket.send(""));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}
