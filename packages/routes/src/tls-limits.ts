import type { MeshEntry } from "@causeway/model";
import type { TlsLimits, TlsVersion, Unavailable } from "./route.ts";

type TlsSettings = NonNullable<NonNullable<MeshEntry["TLS"]>["Incoming"]>;

/** Which leg of a mesh connection a proxy is on: it takes connections in, or makes them. */
export type MeshDirection = "Incoming" | "Outgoing";

const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  TLSv1_0: "TLSv1",
  TLSv1_1: "TLSv1.1",
  TLSv1_2: "TLSv1.2",
  TLSv1_3: "TLSv1.3",
};

/** OpenSSL's names of the suites that Consul takes, which are written by their IANA names. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
};

/** What the `mesh` config entry asks of TLS, and what of it cannot be had. */
export type MeshTls = { readonly limits: TlsLimits | undefined; readonly unavailable: readonly Unavailable[] };

/**
 * Reads the TLS versions and cipher suites that `mesh.TLS` asks for in one direction; undefined limits when it asks for none.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/config-entries/mesh#tls
 */
export function meshTls(mesh: MeshEntry | undefined, direction: MeshDirection): MeshTls {
  const settings = mesh?.TLS?.[direction] ?? {};
  const unknown: string[] = [];
  const minVersion = readVersion(settings.TLSMinVersion, unknown);
  const maxVersion = readVersion(settings.TLSMaxVersion, unknown);
  const cipherSuites = readCiphers(settings, unknown);
  const limits: TlsLimits = {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(cipherSuites.length === 0 ? {} : { cipherSuites }),
  };
  const name = `mesh TLS.${direction}`;
  return {
    limits: Object.keys(limits).length > 0 ? limits : undefined,
    unavailable: unknown.map((what) => ({ name, reason: `${what} is not known and is left out` })),
  };
}

function readVersion(name: string | undefined, unknown: string[]): TlsVersion | undefined {
  if (name === undefined || name === "" || name === "TLS_AUTO") return undefined;
  const version = VERSIONS[name];
  if (version === undefined) unknown.push(`TLS version ${name}`);
  return version;
}

function readCiphers({ CipherSuites = [] }: TlsSettings, unknown: string[]): readonly string[] {
  return CipherSuites.flatMap((name) => {
    const cipher = CIPHERS[name];
    if (cipher === undefined) unknown.push(`cipher suite ${name}`);
    return cipher === undefined ? [] : [cipher];
  });
}
