import type { EngineChoice, ProxyLog } from "../options.ts";
import { unfitness } from "./fitness.ts";

/** Whether connections are spliced where they can be; throws an error that says why they cannot be, when that was asked for. */
export function splices(choice: EngineChoice, log: ProxyLog): boolean {
  if (choice === "stream") return false;
  const reason = unfitness();
  if (reason === undefined) return true;
  if (choice === "splice") {
    throw new Error(`the engine "splice" does not work here: ${reason}; "auto" uses "stream" instead`);
  }
  log.info({ engine: "stream", reason }, "connections cannot be spliced here");
  return false;
}
