import { durationNs, weakDecode } from "@causeway/model";
import { type ChainOverrides, meshGatewayMode } from "@causeway/routes";
import { answered, badRequest } from "../http/errors.ts";
import { any, decodeBody, mapOf } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";

/**
 * Reads what the body of a request wants otherwise in a discovery chain, weakly typed as a config entry; unknown keys are let pass.
 *
 * Throws an ApiError with Consul's text when it cannot be read.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/discovery-chain#read-compiled-discovery-chain
 */
export function chainOverrides(body: string): ChainOverrides {
  const decoded = weakDecode(
    {
      OverrideConnectTimeout: "duration",
      OverrideProtocol: "text",
      OverrideMeshGateway: { object: { Mode: "text" } },
    },
    parsed(body),
  );
  if (decoded.kind === "unreadable") {
    const list = decoded.problems.map((problem) => `* ${problem}`).join("\n");
    throw unreadable(`${decoded.problems.length} error(s) decoding:\n\n${list}`);
  }
  // The shape has just been read field by field.
  const { OverrideConnectTimeout, OverrideProtocol, OverrideMeshGateway } = decoded.value as {
    readonly OverrideConnectTimeout?: string;
    readonly OverrideProtocol?: string;
    readonly OverrideMeshGateway?: { readonly Mode?: string };
  };
  const mode = meshGatewayMode(OverrideMeshGateway);
  if (OverrideMeshGateway?.Mode && mode === undefined) {
    throw answered(400, "Invalid OverrideMeshGateway.Mode parameter");
  }
  return {
    connectTimeoutMs: (durationNs(OverrideConnectTimeout ?? "") ?? 0) / NS_PER_MS,
    protocol: OverrideProtocol,
    meshGatewayMode: mode,
  };
}

const NS_PER_MS = 1e6;

function parsed(body: string): unknown {
  try {
    return decodeBody(body, mapOf(any));
  } catch (error) {
    if (error instanceof JsonError) throw unreadable(error.message);
    throw error;
  }
}

function unreadable(reason: string) {
  return badRequest(`Request decoding failed: ${reason}`);
}
