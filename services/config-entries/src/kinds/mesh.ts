import type { WeakField } from "@causeway/model";
import type { KindRules } from "./kind.ts";

/** The one name that the mesh entry can have. */
const NAME = "mesh";
const TLS: WeakField = { object: { TLSMinVersion: "text", TLSMaxVersion: "text", CipherSuites: "texts" } };
const VERSIONS = ["TLS_AUTO", "TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"];
const CIPHER_SUITES = ["ECDSA", "RSA"].flatMap((key) =>
  ["AES_128_CBC_SHA", "AES_128_GCM_SHA256", "AES_256_CBC_SHA", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"].map(
    (cipher) => `TLS_ECDHE_${key}_WITH_${cipher}`,
  ),
);

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
  problem: ({ TLS: tls }) => tlsProblem("incoming", tls?.Incoming) ?? tlsProblem("outgoing", tls?.Outgoing),
};

type Limits = {
  readonly TLSMinVersion?: string;
  readonly TLSMaxVersion?: string;
  readonly CipherSuites?: readonly string[];
};

function tlsProblem(direction: "incoming" | "outgoing", limits: Limits | undefined): string | undefined {
  const problem = versionsProblem(limits ?? {}) ?? ciphersProblem(limits ?? {});
  return problem === undefined ? undefined : `error in ${direction} TLS configuration: ${problem}`;
}

function versionsProblem({ TLSMinVersion: min = "", TLSMaxVersion: max = "" }: Limits): string | undefined {
  const unknown = [min, max].find((version) => version !== "" && !VERSIONS.includes(version));
  if (unknown !== undefined) {
    return `no matching TLS version found for ${unknown}, please specify one of [${VERSIONS.join(", ")}]`;
  }
  // What "auto" means is up to the proxy, so it cannot be compared.
  const [low, high] = [VERSIONS.indexOf(min), VERSIONS.indexOf(max)];
  if (low < 1 || high < 1 || high >= low) return undefined;
  return `configuring max version ${max} less than the configured min version ${min} is invalid`;
}

function ciphersProblem({ TLSMinVersion: min = "", CipherSuites = [] }: Limits): string | undefined {
  if (CipherSuites.length === 0) return undefined;
  if (min === "TLSv1_3") {
    const reason = "configuring CipherSuites is only applicable to connections negotiated with TLS 1.2 or earlier";
    return `${reason}, TLSMinVersion is set to ${min}`;
  }
  const unknown = CipherSuites.find((suite) => !CIPHER_SUITES.includes(suite));
  return unknown === undefined ? undefined : `no matching Envoy TLS cipher suite found for ${unknown}`;
}
