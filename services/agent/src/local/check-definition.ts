import { isAlias, isScript } from "@causeway/definitions";
import type { CheckStatus } from "@causeway/model";
import { MAX_OUTPUT_BYTES } from "./checks/result.ts";
import type { CheckMethod, LocalCheck } from "./local-service.ts";
import type { CheckRequest } from "./registration-shapes.ts";

const NS_PER_MS = 1e6;

/** A shorter interval would be a load on what it checks. */
const MIN_INTERVAL_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_SCRIPT_TIMEOUT_MS = 30_000;
/** A service is not taken away sooner than this. */
const MIN_DEREGISTER_MS = 60_000;

/** What a check is attached to. */
export type CheckSubject = {
  readonly node: string;
  readonly checkId: string;
  readonly service?: { readonly id: string; readonly name: string; readonly tags: readonly string[] };
};

/** The check that a request defines, which `checkProblem` has found nothing wrong with. */
export function checkOf(request: CheckRequest, { node, checkId, service }: CheckSubject): LocalCheck {
  const method = methodOf(request);
  const name = request.Name ?? "";
  return {
    check: {
      Node: node,
      CheckID: checkId,
      Name: name === "" && service !== undefined ? `Service '${service.name}' check` : name,
      Status: (request.Status || "critical") as CheckStatus,
      Notes: request.Notes ?? "",
      Output: "",
      ServiceID: service?.id ?? "",
      ServiceName: service?.name ?? "",
      ServiceTags: [...(service?.tags ?? [])],
      Type: method.kind,
      Definition: {},
    },
    method,
    successBeforePassing: request.SuccessBeforePassing ?? 0,
    failuresBeforeWarning: request.FailuresBeforeWarning || (request.FailuresBeforeCritical ?? 0),
    failuresBeforeCritical: request.FailuresBeforeCritical ?? 0,
    deregisterAfterMs: deregisterAfter(request.DeregisterCriticalServiceAfter ?? 0),
  };
}

function methodOf(request: CheckRequest): CheckMethod {
  const intervalMs = Math.max((request.Interval ?? 0) / NS_PER_MS, MIN_INTERVAL_MS);
  const timeoutMs = (request.Timeout ?? 0) / NS_PER_MS || DEFAULT_TIMEOUT_MS;
  if (isScript(request)) {
    return {
      kind: "script",
      args: [...(request.ScriptArgs ?? []), ...(request.Args ?? [])],
      intervalMs,
      timeoutMs: (request.Timeout ?? 0) / NS_PER_MS || DEFAULT_SCRIPT_TIMEOUT_MS,
      outputMaxBytes: outputMaxBytes(request),
    };
  }
  if (request.HTTP) {
    return {
      kind: "http",
      url: request.HTTP,
      method: request.Method || "GET",
      headers: request.Header ?? {},
      body: request.Body ?? "",
      skipVerify: request.TLSSkipVerify ?? false,
      followRedirects: !(request.DisableRedirects ?? false),
      intervalMs,
      timeoutMs,
      outputMaxBytes: outputMaxBytes(request),
    };
  }
  if (request.TCP) return { kind: "tcp", address: request.TCP, intervalMs, timeoutMs };
  if (request.UDP) return { kind: "udp", address: request.UDP, intervalMs, timeoutMs };
  if (request.GRPC) {
    const tls = { useTls: request.GRPCUseTLS ?? false, skipVerify: request.TLSSkipVerify ?? false };
    return { kind: "grpc", target: request.GRPC, ...tls, intervalMs, timeoutMs };
  }
  if (request.H2PING) {
    const tls = { useTls: request.H2PingUseTLS ?? true, skipVerify: request.TLSSkipVerify ?? false };
    return { kind: "h2ping", address: request.H2PING, ...tls, intervalMs, timeoutMs };
  }
  if (isAlias(request)) return { kind: "alias", node: request.AliasNode ?? "", service: request.AliasService ?? "" };
  return { kind: "ttl", ttlMs: (request.TTL ?? 0) / NS_PER_MS, outputMaxBytes: outputMaxBytes(request) };
}

/** A check may keep less of its output than what is usual, and not more. */
function outputMaxBytes({ OutputMaxSize: given = 0 }: CheckRequest): number {
  return given > 0 ? Math.min(given, MAX_OUTPUT_BYTES) : MAX_OUTPUT_BYTES;
}

function deregisterAfter(ns: number): number {
  return ns <= 0 ? 0 : Math.max(ns / NS_PER_MS, MIN_DEREGISTER_MS);
}
