import { BusError } from "@causeway/bus";
import type { Logger } from "@causeway/runtime";
import type { Source, View } from "../source.ts";

/**
 * Waits until this agent shows what was written at `revision`, so that whoever wrote reads it.
 *
 * The write has happened, and is no failure because this agent's mirror lags behind: then the headers that come back warn of it.
 */
export async function whenShown(
  { log }: { readonly log: Pick<Logger, "warn"> },
  source: Pick<Source<View>, "reach">,
  revision: number,
): Promise<Record<string, string>> {
  try {
    await source.reach(revision);
    return {};
  } catch (error) {
    if (!(error instanceof BusError) || error.failure.code !== "BEHIND") throw error;
    log.warn({ reason: error.message }, "written, but not shown here yet");
    return { "X-Causeway-Warning": "written; this agent does not show it yet, since its copy lags behind" };
  }
}
