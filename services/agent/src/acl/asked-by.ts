import type { AgentContext } from "../context.ts";
import type { ApiRequest } from "../http/endpoint.ts";

/** What tells the owner of the state who asks: the token of the request, where ACLs are enabled. */
export function askedBy(
  { acl }: Pick<AgentContext, "acl">,
  request: Pick<ApiRequest, "query" | "headers">,
): { readonly Token?: string } {
  return acl === undefined ? {} : { Token: acl.secretOf(request) };
}
