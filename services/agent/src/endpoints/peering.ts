import { quoted } from "@causeway/model";
import type { AgentContext } from "../context.ts";
import { type ApiRequest, type Endpoint, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { decodeBody, string, struct } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { emptyList } from "./empty-lists.ts";

type Agent = Pick<AgentContext, "catalog" | "clock">;

const PeeringShape = struct("api.PeeringRequest", { PeerName: string, PeeringToken: string });

/** Consul's refusal where `peering.enabled` is false. */
const DISABLED = "rpc error: code = FailedPrecondition desc = peering must be enabled to use this endpoint";

/**
 * Cluster peering and what is exported to peers, as of a Consul that has it disabled and so no peers: datacenters here are joined by
 * their buses instead, and all of them are one mesh.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/peering
 */
export function peeringEndpoints(agent: Agent): readonly Endpoint[] {
  const none = emptyList(agent);
  return [
    { path: "/v1/peerings", methods: { GET: none } },
    { path: "/v1/peering/", methods: { GET: unknown, DELETE: disabled } },
    { path: "/v1/peering/token", methods: { POST: (request) => generate(request) } },
    { path: "/v1/peering/establish", methods: { POST: (request) => establish(request) } },
    { path: "/v1/exported-services", methods: { GET: none } },
    { path: "/v1/internal/ui/exported-services", methods: { GET: none } },
  ];
}

function unknown({ rest: name }: ApiRequest) {
  if (name === "") throw answered(400, "Must specify a name to fetch.");
  return text(404, `Peering not found for ${quoted(name)}`);
}

function disabled() {
  return text(500, DISABLED);
}

function generate({ body }: ApiRequest) {
  const { PeerName = "" } = decode(body);
  if (PeerName === "") {
    throw answered(400, "PeerName is required in the payload when generating a new peering token.");
  }
  return disabled();
}

function establish({ body }: ApiRequest) {
  const { PeerName = "", PeeringToken = "" } = decode(body);
  if (PeerName === "") throw answered(400, "PeerName is required in the payload when establishing a peering.");
  if (PeeringToken === "") {
    throw answered(400, "PeeringToken is required in the payload when establishing a peering.");
  }
  return disabled();
}

function decode(body: string) {
  if (body === "") throw answered(400, "The peering arguments must be provided in the body");
  try {
    return decodeBody(body, PeeringShape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Body decoding failed: ${error.message}`);
  }
}
