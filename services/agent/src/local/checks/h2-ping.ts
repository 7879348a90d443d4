import type { CheckMethod } from "../local-service.ts";
import type { CheckResult } from "./result.ts";

/**
 * Pings an HTTP/2 server: passing when it answers the ping, critical when it does not in time or is none.
 *
 * @see RFC 9113 section 6.7
 */
export async function checkH2Ping(method: Extract<CheckMethod, { kind: "h2ping" }>): Promise<CheckResult> {
  const { address, useTls, skipVerify, timeoutMs } = method;
  // Not before somebody has such a check: it costs 11 MB.
  const { connect } = process.getBuiltinModule("node:http2");
  const session = connect(`${useTls ? "https" : "http"}://${address}`, {
    // A health check that was told so; it sends nothing secret and nothing is routed by what it reads.
    rejectUnauthorized: !skipVerify,
  });
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const failed = (reason: string) => resolve({ status: "critical", output: `HTTP2 ping failed. ${reason}` });
  const timer = setTimeout(() => failed("context deadline exceeded"), timeoutMs);
  session.on("error", ({ message }) => failed(message));
  session.on("close", () => failed("the connection was closed"));
  // The server's settings come first: what sends none speaks no HTTP/2, whatever it would make of a ping.
  session.on("remoteSettings", () => {
    session.ping((error) => {
      if (error === null) resolve({ status: "passing", output: "HTTP2 ping was successful" });
      else failed(error.message);
    });
  });
  return await promise.finally(() => {
    clearTimeout(timer);
    session.destroy();
  });
}
