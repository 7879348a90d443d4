import { EXPOSE, exposed } from "./expose.ts";
import type { KindRules } from "./kind.ts";

/** Defaults for every instance of a service. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/service-defaults */
export const serviceDefaults: KindRules<"service-defaults"> = {
  kind: "service-defaults",
  shape: { Protocol: "text", MeshGateway: { object: { Mode: "text" } }, Expose: EXPOSE, ExternalSNI: "text" },
  normalise: ({ Protocol, MeshGateway, Expose, ExternalSNI, ...entry }) => ({
    ...entry,
    Protocol: (Protocol ?? "").toLowerCase(),
    MeshGateway: MeshGateway ?? {},
    Expose: exposed(Expose),
    ...(ExternalSNI ? { ExternalSNI } : {}),
  }),
  problem: ({ Name }) => {
    if (Name === "*") return "service-defaults name must be the name of a service, and not a wildcard";
    return Name === "" ? "serviceName is required" : undefined;
  },
  warnings: ({ Protocol, MeshGateway }) => [...unknownProtocol(Protocol ?? ""), ...unknownMode(MeshGateway?.Mode)],
};

const PROTOCOLS = ["", "tcp", "http", "http2", "grpc"];
const MODES = [undefined, "", "none", "local", "remote"];

function unknownProtocol(protocol: string): string[] {
  return PROTOCOLS.includes(protocol) ? [] : [`the protocol "${protocol}" is not known and counts as tcp`];
}

/** Warns of a gateway mode that means nothing. */
export function unknownMode(mode: string | undefined): string[] {
  return MODES.includes(mode) ? [] : [`the mesh gateway mode "${mode}" is not known and counts as unset`];
}
