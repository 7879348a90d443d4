import { once } from "node:events";

/** Tells whoever started this process that it is ready, in the form that services log it. */
export function sayReady(facts: Readonly<Record<string, unknown>>): void {
  process.stderr.write(`${JSON.stringify({ ...facts, pid: process.pid, msg: "ready" })}\n`);
}

/** Where a program listens: on a port of the system's choice on loopback, unless HOST and PORT say otherwise, as in a container. */
export function whereToListen(env: NodeJS.ProcessEnv = process.env): { readonly host: string; readonly port: number } {
  return { host: env["HOST"] || "127.0.0.1", port: Number(env["PORT"] || 0) };
}

/** Waits for the signal to stop, then ends the process. */
export async function serveUntilStopped(): Promise<never> {
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  process.exit(0);
}
