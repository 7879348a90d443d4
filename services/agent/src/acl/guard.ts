import type { Authorizer, Permission } from "@causeway/policy";
import type { AgentContext } from "../context.ts";
import { FAILURE_HEADERS } from "../http/answer-query.ts";
import type { Answer, ApiRequest, Endpoint, Handler, Method } from "../http/endpoint.ts";
import { ApiError, answerForError } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { type Acl, denied } from "./acl.ts";

/** What guards look at besides the request. */
export type GuardedAgent = Pick<AgentContext, "acl" | "catalog" | "config" | "intentions" | "kv"> & {
  readonly local: LocalAgent;
};

/** Who asks for what. */
export type Asker = {
  readonly authorizer: Authorizer;
  readonly request: ApiRequest;
  readonly agent: GuardedAgent;
};

/** What is asked of whoever uses one method of one endpoint. */
export type Guard = {
  /** Throws an ApiError unless the request may be made. */
  readonly admit?: (asker: Asker) => void;
  /** The answer in place of the endpoint's, where a refusal is more than a text. */
  readonly instead?: (asker: Asker) => Answer | undefined;
  /** What may be seen of an answer's value: the same value when that is all of it. */
  readonly filter?: (value: unknown, asker: Asker) => unknown;
  /** The answer where something of it was hidden, if that changes more than its value. */
  readonly hidden?: (answer: Answer, value: unknown, asker: Asker) => Answer;
  /** Whether a refusal has the headers of a query that failed, as Consul gives it where its servers refuse. */
  readonly asQuery?: boolean;
};

/** Guards by method, or one for all; "open" to everyone, whatever token they show, and whoever guards itself. */
export type Guards = Readonly<Record<string, Guard | "open" | Readonly<Partial<Record<Method, Guard>>>>>;

/** Throws an ApiError unless whoever asks has the permission on `name`; `told` says in the refusal what is missing. */
export function requirePermission(asker: Asker, permission: Permission, name?: string, told = false): void {
  if (asker.authorizer.may(permission, name)) return;
  throw denied(told ? `${permission} on ${name}` : undefined);
}

/** Asks for a permission on what `nameOf` gives. */
export function needs(permission: Permission, nameOf: (asker: Asker) => string = () => ""): Guard {
  return { admit: (asker) => requirePermission(asker, permission, nameOf(asker)) };
}

/** What follows an endpoint's path, which most are about. */
export const rest = ({ request }: Asker) => request.rest;

/** The name of this agent's node. */
export const ownNode = ({ agent }: Asker) => agent.config.nodeName;

/** What no guard is named for. */
const UNKNOWN: Guard = needs("operator:write");

/**
 * Endpoints that ask their guards first whether a request may be made, and then what of the answer may be seen. An endpoint without a
 * guard needs `operator:write`.
 */
export function guarded(
  endpoints: readonly Endpoint[],
  guards: Guards,
  agent: GuardedAgent & { readonly acl: Acl },
): readonly Endpoint[] {
  return endpoints.map((endpoint) => {
    const { path, methods } = endpoint;
    const handlers = Object.entries(methods) as [Method, Handler][];
    const wrapped = handlers.map(([method, handle]) => [
      method,
      guardedHandler(guardOf(guards, path, method), handle, agent),
    ]);
    return { ...endpoint, methods: Object.fromEntries(wrapped) };
  });
}

function guardOf(guards: Guards, path: string, method: Method): Guard | "open" {
  const guard = guards[path];
  if (guard === undefined || guard === "open") return guard ?? UNKNOWN;
  if (isGuard(guard)) return guard;
  return guard[method] ?? UNKNOWN;
}

function isGuard(guard: Guard | Readonly<Partial<Record<Method, Guard>>>): guard is Guard {
  return !["GET", "PUT", "POST", "DELETE"].some((method) => method in guard);
}

function guardedHandler(guard: Guard | "open", handle: Handler, agent: GuardedAgent & { readonly acl: Acl }): Handler {
  const headers = { "X-Consul-Default-ACL-Policy": agent.acl.defaultPolicy };
  const told = (answer: Answer): Answer => ({ ...answer, headers: { ...answer.headers, ...headers } });
  if (guard === "open") return async (request) => told(await handle(request));
  const admitted = (request: ApiRequest): Asker => {
    const asker = { authorizer: agent.acl.accessOf(request).authorizer, request, agent };
    guard.admit?.(asker);
    return asker;
  };
  return async (request) => {
    try {
      const first = admitted(request);
      const answer = guard.instead?.(first) ?? (await handle(request));
      // A read may have waited, and what its token may do may have changed meanwhile.
      const asker = request.method === "GET" ? admitted(request) : first;
      return told(visible(guard, answer, asker));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { answer, problem } = answerForError(error);
      if (problem !== undefined) throw error;
      const failed = guard.asQuery === true && error.failure.code === "ANSWERED" && answer.status === 403;
      return told(failed ? { ...answer, headers: { ...answer.headers, ...FAILURE_HEADERS } } : answer);
    }
  };
}

function visible({ filter, hidden }: Guard, answer: Answer, asker: Asker): Answer {
  if (filter === undefined || answer.body.kind !== "json" || answer.status >= 400) return answer;
  const { value } = answer.body;
  const seen = filter(value, asker);
  if (seen === value) return answer;
  const headers = { ...answer.headers, "X-Consul-Results-Filtered-By-ACLs": "true" };
  const shown: Answer = { ...answer, headers, body: { kind: "json", value: seen } };
  return hidden === undefined ? shown : hidden(shown, seen, asker);
}
