import type { ApiRequest } from "./endpoint.ts";
import { badRequest } from "./errors.ts";

const ENTERPRISE = "Namespaces are a Consul Enterprise feature";

/**
 * Throws an ApiError when a request asks for a namespace, of which there are none: a client that names one must not be given what
 * belongs to all. That it names the default one is let pass.
 */
export function refuseNamespaces({ headers, query }: Pick<ApiRequest, "headers" | "query">): void {
  const header = headers["x-consul-namespace"];
  if (header !== undefined && header !== "" && header !== "default") {
    throw badRequest(`Invalid header: "X-Consul-Namespace" - ${ENTERPRISE}`);
  }
  const parameter = query.get("ns");
  if (parameter !== null && parameter !== "" && parameter !== "default") {
    throw badRequest(`Invalid query parameter: "ns" - ${ENTERPRISE}`);
  }
}
