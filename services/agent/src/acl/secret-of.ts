import type { ApiRequest } from "../http/endpoint.ts";

/**
 * The secret that a request shows, "" for none: `?token=`, or else X-Consul-Token, or else `Authorization: Bearer`.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/api-structure#authentication
 */
export function secretOf({ query, headers }: Pick<ApiRequest, "query" | "headers">): string {
  const asked = query.get("token") ?? "";
  if (asked !== "") return asked;
  const header = headers["x-consul-token"];
  if (typeof header === "string" && header !== "") return header;
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}
