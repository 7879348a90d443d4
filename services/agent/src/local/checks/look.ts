import type { CheckMethod } from "../local-service.ts";
import { checkHttp } from "./http.ts";
import type { CheckResult } from "./result.ts";
import { checkScript } from "./script.ts";
import { checkTcp } from "./tcp.ts";

/** How a check that is run again and again finds its result. */
export type RepeatedMethod = Extract<CheckMethod, { readonly intervalMs: number }>;

/** Looks once at what a check is about. When `ended` aborts nobody waits for the result, and what was started for it ends. */
export function look(method: RepeatedMethod, ended: AbortSignal): Promise<CheckResult> {
  switch (method.kind) {
    case "script":
      return checkScript(method, ended);
    case "http":
      return checkHttp(method);
    case "tcp":
      return checkTcp(method);
  }
}
