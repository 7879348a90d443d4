import { getSystemErrorMap } from "node:util";

const ERRORS = getSystemErrorMap();

/** The name of an error of the system, such as "ECONNRESET". */
export function errorName(errno: number): string {
  return ERRORS.get(-errno)?.[0] ?? `error ${errno}`;
}

/** What Node's own sockets would say, such as "listen EADDRINUSE: address already in use 127.0.0.1:80". */
export function systemError(call: string, errno: number, address: string): Error {
  return new Error(`${call} ${errorName(errno)}: ${ERRORS.get(-errno)?.[1] ?? "unknown error"} ${address}`);
}
