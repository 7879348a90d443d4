import { endToEnd, type Fields, firstValue, takesTrailers, without } from "./fields.ts";

/** From whom a request came, and how. */
export type Origin = {
  /** IP address. */
  readonly client: string;
  readonly scheme: "http" | "https";
  readonly requestId: string;
};

/** Answered here, or told in another place of the request that goes on. */
const SETTLED: ReadonlySet<string> = new Set(["expect", "host", "x-forwarded-for"]);

/**
 * The fields of a request as they go on into the mesh, without `Host`: those that are end to end, and besides `x-forwarded-for` with the
 * client added to it, and `x-forwarded-proto` and `x-request-id` unless the request came with them.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers
 */
export function forwardedFields(fields: Fields, { client, scheme, requestId }: Origin): Fields {
  const before = fields.filter(([name]) => name.toLowerCase() === "x-forwarded-for").map(([, value]) => value);
  const added: [string, string][] = [["x-forwarded-for", [...before, client].join(", ")]];
  if (firstValue(fields, "x-forwarded-proto") === undefined) added.push(["x-forwarded-proto", scheme]);
  if (firstValue(fields, "x-request-id") === undefined) added.push(["x-request-id", requestId]);
  // Between neighbours, but the one who answers is told by it that trailers get through, as gRPC insists on.
  if (takesTrailers(fields)) added.push(["te", "trailers"]);
  return [...without(endToEnd(fields), SETTLED), ...added];
}
