import { tlsUnfitness } from "../native-tls/trial.ts";
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

/**
 * Whether the worker speaks TLS as well, asked when a listener first needs that and then known; throws an error that says why it does not,
 * when splicing was asked for.
 */
export function speaksTls(choice: EngineChoice, log: ProxyLog, nowMs: number): boolean {
  const reason = tlsUnfitness(nowMs);
  if (reason === undefined) return true;
  if (choice === "splice")
    throw new Error(`the engine "splice" cannot speak TLS here: ${reason}; "auto" uses "stream" for that`);
  log.info({ engine: "stream", reason }, "the worker cannot speak TLS here");
  return false;
}
