import { errorList } from "@causeway/model";
import { EXPOSE, exposed } from "./expose.ts";
import type { KindRules } from "./kind.ts";
import { unknownMode, unknownProtocol } from "./unknown-value.ts";
import {
  normalisedUpstreamConfig,
  UPSTREAM_CONFIG,
  upstreamConfigProblems,
  upstreamConfigWarnings,
} from "./upstream-config.ts";

/** Defaults for every instance of a service. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/service-defaults */
export const serviceDefaults: KindRules<"service-defaults"> = {
  kind: "service-defaults",
  shape: {
    Protocol: "text",
    MeshGateway: { object: { Mode: "text" } },
    Expose: EXPOSE,
    ExternalSNI: "text",
    UpstreamConfig: UPSTREAM_CONFIG,
  },
  normalise: ({ Protocol, MeshGateway, Expose, ExternalSNI, UpstreamConfig, ...entry }) => ({
    ...entry,
    Protocol: (Protocol ?? "").toLowerCase(),
    MeshGateway: MeshGateway ?? {},
    Expose: exposed(Expose),
    ...(ExternalSNI ? { ExternalSNI } : {}),
    ...(UpstreamConfig === undefined ? {} : { UpstreamConfig: normalisedUpstreamConfig(UpstreamConfig) }),
  }),
  problem: ({ Name, UpstreamConfig = {} }) => {
    if (Name === "*") return "service-defaults name must be the name of a service, and not a wildcard";
    if (Name === "") return "serviceName is required";
    const problems = upstreamConfigProblems(UpstreamConfig);
    return problems.length === 0 ? undefined : errorList(problems);
  },
  warnings: ({ Protocol, MeshGateway, UpstreamConfig = {} }) => [
    ...unknownProtocol(Protocol ?? ""),
    ...unknownMode(MeshGateway?.Mode),
    ...upstreamConfigWarnings(UpstreamConfig),
  ],
};
