import type { WeakField } from "@causeway/model";
import type { KindRules } from "./kind.ts";

/** The one name that the mesh entry can have. */
const NAME = "mesh";
const TLS: WeakField = { object: { TLSMinVersion: "text", TLSMaxVersion: "text", CipherSuites: "texts" } };
const VERSIONS = ["TLS_AUTO", "TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"];

/** Settings of the whole mesh. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/mesh */
export const mesh: KindRules<"mesh"> = {
  kind: "mesh",
  shape: {
    TransparentProxy: { object: { MeshDestinationsOnly: "flag" } },
    AllowEnablingPermissiveMutualTLS: "flag",
    TLS: { object: { Incoming: TLS, Outgoing: TLS } },
    HTTP: { object: { SanitizeXForwardedClientCert: "flag" } },
    Peering: { object: { PeerThroughMeshGateways: "flag" } },
  },
  normalise: (entry) => ({ ...entry, Name: NAME }),
  problem: ({ TLS: tls }) => versionProblem("Incoming", tls?.Incoming) ?? versionProblem("Outgoing", tls?.Outgoing),
};

type Limits = {
  readonly TLSMinVersion?: string;
  readonly TLSMaxVersion?: string;
  readonly CipherSuites?: readonly string[];
};

function versionProblem(direction: string, limits: Limits | undefined): string | undefined {
  const { TLSMinVersion: min = "", TLSMaxVersion: max = "", CipherSuites = [] } = limits ?? {};
  for (const [field, version] of [
    ["TLSMinVersion", min],
    ["TLSMaxVersion", max],
  ] as const) {
    if (version !== "" && !VERSIONS.includes(version)) {
      return `error in ${direction.toLowerCase()} TLS configuration: invalid ${field} "${version}": must be one of ${VERSIONS.join(", ")}`;
    }
  }
  if (VERSIONS.indexOf(max) > 0 && VERSIONS.indexOf(min) > VERSIONS.indexOf(max)) {
    return `error in ${direction.toLowerCase()} TLS configuration: configuring max version ${max} less than the configured min version ${min} is invalid`;
  }
  if (min === "TLSv1_3" && CipherSuites.length > 0) {
    return `error in ${direction.toLowerCase()} TLS configuration: configuring CipherSuites is only applicable to connections negotiated with TLS 1.2 or earlier`;
  }
  return undefined;
}
