import { once } from "node:events";

/** Tells whoever started this process that it is ready, in the form that services log it. */
export function sayReady(facts: Readonly<Record<string, unknown>>): void {
  process.stderr.write(`${JSON.stringify({ ...facts, pid: process.pid, msg: "ready" })}\n`);
}

/** Waits for the signal to stop, then ends the process. */
export async function serveUntilStopped(): Promise<never> {
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  process.exit(0);
}
