import type { CheckMethod } from "../local-service.ts";
import { checkGrpc } from "./grpc.ts";
import { checkH2Ping } from "./h2-ping.ts";
import { checkHttp } from "./http.ts";
import type { CheckResult } from "./result.ts";
import { checkScript } from "./script.ts";
import { checkTcp } from "./tcp.ts";
import { checkUdp } from "./udp.ts";

/** How a check that is run again and again finds its result. */
export type RepeatedMethod = Extract<CheckMethod, { readonly intervalMs: number }>;

/**
 * Looks once at what a check is about; what cannot be looked at, such as a port that is none, is critical with the reason. When `ended`
 * aborts nobody waits for the result, and what was started for it ends.
 */
export async function look(method: RepeatedMethod, ended: AbortSignal): Promise<CheckResult> {
  try {
    return await lookBy(method, ended);
  } catch (error) {
    return { status: "critical", output: error instanceof Error ? error.message : String(error) };
  }
}

function lookBy(method: RepeatedMethod, ended: AbortSignal): Promise<CheckResult> {
  switch (method.kind) {
    case "script":
      return checkScript(method, ended);
    case "http":
      return checkHttp(method);
    case "tcp":
      return checkTcp(method);
    case "udp":
      return checkUdp(method);
    case "grpc":
      return checkGrpc(method);
    case "h2ping":
      return checkH2Ping(method);
  }
}
