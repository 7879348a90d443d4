import { constants } from "node:crypto";
import { DEFAULT_CIPHERS, type SecureContextOptions } from "node:tls";
import type { TlsLimits, TlsVersion } from "@causeway/routes";

/** Which versions and cipher suites TLS may use, as node:tls takes it. */
export type TlsSettings = Pick<SecureContextOptions, "minVersion" | "maxVersion" | "ciphers">;

const VERSIONS: readonly TlsVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const LOWEST_UNLESS_ASKED: TlsVersion = "TLSv1.2";

const DEFAULT_SUITES = DEFAULT_CIPHERS.split(":");
// Nobody can choose these; yet Node takes a list without them to mean that TLS 1.3 is not wanted.
const TLS13_SUITES = DEFAULT_SUITES.filter(isTls13);
const EARLIER_SUITES = DEFAULT_SUITES.filter((suite) => !isTls13(suite));

/** How long a session can be resumed; each time begins another such span, but none goes on under another leaf, other roots, or a certificate that expired. */
export const SESSION_SECONDS = 300;

/** No far side may ask for a second handshake: another certificate could come into the place of the one that was verified. */
export const NO_SECOND_HANDSHAKE: Pick<SecureContextOptions, "secureOptions"> = {
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
};

/** What a mesh leg may use under `limits`; TLS before 1.2 only if they ask for it. */
export function tlsSettings(limits: TlsLimits = {}): TlsSettings {
  const { maxVersion, cipherSuites = EARLIER_SUITES } = limits;
  const minVersion = lowestVersion(limits);
  // Before 1.2 the handshake is signed with SHA-1, which OpenSSL allows on its lowest level only.
  const level = isBefore(minVersion, LOWEST_UNLESS_ASKED) ? ["@SECLEVEL=0"] : [];
  return {
    minVersion,
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ciphers: [...TLS13_SUITES, ...cipherSuites, ...level].join(":"),
  };
}

/** The versions that `limits` allow, in words: "TLS 1.2 or later", "only TLS 1.3". */
export function describeVersions(limits: TlsLimits = {}): string {
  const { maxVersion } = limits;
  const minVersion = lowestVersion(limits);
  if (minVersion === maxVersion || minVersion === "TLSv1.3") return `only ${titleOf(minVersion)}`;
  return maxVersion === undefined || maxVersion === "TLSv1.3"
    ? `${titleOf(minVersion)} or later`
    : `${titleOf(minVersion)} to ${titleOf(maxVersion)}`;
}

function lowestVersion({ minVersion, maxVersion = LOWEST_UNLESS_ASKED }: TlsLimits): TlsVersion {
  if (minVersion !== undefined) return minVersion;
  return isBefore(maxVersion, LOWEST_UNLESS_ASKED) ? maxVersion : LOWEST_UNLESS_ASKED;
}

function isBefore(version: TlsVersion, other: TlsVersion): boolean {
  return VERSIONS.indexOf(version) < VERSIONS.indexOf(other);
}

function isTls13(suite: string): boolean {
  return suite.startsWith("TLS_");
}

function titleOf(version: TlsVersion): string {
  return version === "TLSv1" ? "TLS 1.0" : version.replace("TLSv", "TLS ");
}
