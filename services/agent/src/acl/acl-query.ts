import type { AclDirectory } from "@causeway/policy";
import type { AgentContext } from "../context.ts";
import { answerQuery } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, text } from "../http/endpoint.ts";
import { answered, badRequest } from "../http/errors.ts";
import { decodeBody, type Shape } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import type { Access, Acl } from "./acl.ts";
import { ACL_TOPIC } from "./acl-view.ts";

/** What the endpoints of ACLs need of the agent. */
export type AclAgent = Pick<AgentContext, "bus" | "clock" | "datacenter" | "log"> & { readonly acl: Acl };

/** Answers a GET of the ACL state for whoever may read it; the value is undefined when it is not there. */
export function aclQuery(
  agent: AclAgent,
  request: ApiRequest,
  read: (directory: AclDirectory, access: Access) => unknown,
): Promise<Answer> {
  // Asked each time that the state is read: the answer may come long after the question.
  return openAclQuery(agent, request, (directory) => read(directory, agent.acl.require(request, "acl:read")));
}

/** As `aclQuery`, for everyone. */
export function openAclQuery(
  agent: AclAgent,
  request: ApiRequest,
  read: (directory: AclDirectory) => unknown,
): Promise<Answer> {
  return answerQuery(agent, request, agent.acl.source, {
    headers: { effectiveConsistency: false },
    // Who may see what changes with the token.
    unshared: true,
    read: ({ directory }) => ({ topics: [ACL_TOPIC], value: read(directory) }),
  });
}

/** An answer whose value is not there, as Consul words that, with the headers of a query that found nothing. */
export function orNotFound({ headers, ...answer }: Answer): Answer {
  if (answer.body.kind !== "json" || answer.body.value !== undefined) return { headers, ...answer };
  return text(403, "ACL not found", headers);
}

/** Reads a body; throws an ApiError that names `what` it was to be. */
export function decodeAcl<T>(body: string, shape: Shape<T>, what: string): T {
  try {
    return decodeBody(body, shape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badRequest(`${what} decoding failed: ${error.message}`);
  }
}

/** Throws an ApiError for what Consul cannot look up by ID. */
export function checkId(kind: "policy" | "role" | "token", id: string): void {
  if (id.length !== 36) throw answered(500, `failed acl ${kind} lookup: index error: UUID must be 36 characters`);
}

/** Records in the order of a key of theirs. */
export function sortedBy<T>(records: Iterable<T>, keyOf: (record: T) => string): T[] {
  return [...records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
