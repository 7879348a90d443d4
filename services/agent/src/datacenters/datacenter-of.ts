import type { ApiRequest } from "../http/endpoint.ts";
import { decodeBody, type Shape } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { DeregisterShape, RegisterShape } from "../shapes/catalog-shapes.ts";

/** Under these, what is read is that of the datacenter which `?dc` names. */
const READ = [
  "/v1/agent/connect/ca/roots",
  "/v1/catalog/",
  "/v1/config/",
  "/v1/connect/",
  "/v1/discovery-chain/",
  "/v1/health/",
  "/v1/internal/",
  "/v1/kv/",
  "/v1/session/",
  "/v1/status/",
];

/** Every agent gives its own answer: who is nearest depends on where it is. */
const EVERYWHERE = "/v1/catalog/datacenters";

/** What is no GET and goes by `?dc` all the same; all other writes of what holds everywhere go to the primary datacenter. */
const BY_QUERY = [
  "POST /v1/discovery-chain/",
  "POST /v1/internal/acl/authorize",
  "PUT /v1/connect/ca/configuration",
  "PUT /v1/connect/ca/seal-key",
  "PUT /v1/event/fire/",
  "PUT /v1/kv/",
  "DELETE /v1/kv/",
  "PUT /v1/session/create",
  "PUT /v1/session/destroy/",
  "PUT /v1/session/renew/",
  "PUT /v1/txn",
];

/** Registrations name their datacenter themselves. */
const BY_BODY: Readonly<Record<string, Shape<{ readonly Datacenter?: string }>>> = {
  "/v1/catalog/register": RegisterShape,
  "/v1/catalog/deregister": DeregisterShape,
};

/** The datacenter that a request to the endpoint `path` is for, as Consul has it; "" is the one that it came to. */
export function datacenterOf(path: string, request: Pick<ApiRequest, "method" | "query" | "body">): string {
  const shape = BY_BODY[path];
  if (shape !== undefined) return namedIn(request.body, shape);
  const byQuery =
    request.method === "GET"
      ? path !== EVERYWHERE && READ.some((prefix) => path.startsWith(prefix))
      : BY_QUERY.includes(`${request.method} ${path}`);
  return byQuery ? (request.query.get("dc") ?? "") : "";
}

function namedIn(body: string, shape: Shape<{ readonly Datacenter?: string }>): string {
  try {
    return decodeBody(body, shape).Datacenter ?? "";
  } catch (error) {
    // Its endpoint says what is wrong with it.
    if (error instanceof JsonError) return "";
    throw error;
  }
}
