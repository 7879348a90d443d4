import { setTimeout as delay } from "node:timers/promises";
import type { Target } from "../load/load.ts";
import { openerOf } from "../load/open-connection.ts";
import { usageOf } from "../process-usage.ts";

/** How long a start took until the backend had answered through it, and the processor time of the process by then. */
export type ColdStart = { readonly seconds: number; readonly cpuSeconds: number };

/** A process that was started, and is ended by whoever measures it. */
export type Started = AsyncDisposable & { readonly pid: number; readonly port: number };

const WITHIN_MS = 30_000;

/** A connection that is refused costs a tenth of this. */
const TRY_EVERY_MS = 1;

/** Starts a proxy, which need not be ready yet when `start` resolves, and dials until it has carried a connection; then ends it. */
export async function coldStart(start: () => Promise<Started>, greeting: Target["greeting"]): Promise<ColdStart> {
  const startedMs = performance.now();
  await using started = await start();
  await carried({ port: started.port, greeting }, startedMs + WITHIN_MS);
  const seconds = (performance.now() - startedMs) / 1e3;
  return { seconds, cpuSeconds: (await usageOf(started.pid)).cpuSeconds };
}

/** Resolves when a connection has been answered by the backend. */
async function carried(target: Target, deadlineMs: number): Promise<void> {
  const open = openerOf(target);
  for (;;) {
    try {
      return (await open()).reset();
    } catch (error) {
      if (performance.now() > deadlineMs) throw new Error("no connection was carried", { cause: error });
      await delay(TRY_EVERY_MS);
    }
  }
}
