import { isIP } from "node:net";
import type { Outbound } from "@causeway/routes";
import type { TlsFileSet } from "./tls-files.ts";
import type { Offer } from "./tls-reasons.ts";
import { describeVersions } from "./tls-settings.ts";

/** A way onward that begins with TLS. */
export type TlsOutbound = Exclude<Outbound, { readonly kind: "plain" }>;

/** One whose TLS is made of files. */
export type FilesOutbound = Exclude<TlsOutbound, { readonly kind: "mesh" }>;

/** What this side offers a far side by TLS, and what the certificate of that must prove, whichever engine begins it. */
export type Terms = Offer & {
  /** What the trusted CAs are called in an error: a file, or the mesh's roots. */
  readonly caName: string;
  readonly serverName: string | undefined;
  /** Besides its chain, which is always verified. */
  readonly proof:
    | { readonly kind: "chain" }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "uri"; readonly uris: readonly string[] };
};

/** The terms on which `outbound` begins TLS. */
export function termsOf(outbound: TlsOutbound): Terms {
  const { kind, serverName } = outbound;
  if (kind === "mesh") {
    const proof = { kind: "uri", uris: outbound.spiffeIds } as const;
    const versions = describeVersions(outbound.limits);
    return { caName: "the mesh's roots", serverName, clientCertificate: true, versions, proof };
  }
  const proof = serverName === undefined ? ({ kind: "chain" } as const) : ({ kind: "name", name: serverName } as const);
  const versions = describeVersions();
  return { caName: outbound.caFile, serverName, clientCertificate: kind === "mtls", versions, proof };
}

/** What is sent as SNI; `undefined` for an IP address, which RFC 6066 forbids there. */
export function sniOf({ serverName }: Terms): string | undefined {
  return serverName === undefined || isIP(serverName) !== 0 ? undefined : serverName;
}

/** The files that TLS to a service outside the mesh is made of. */
export function fileSetOf(outbound: FilesOutbound): TlsFileSet {
  const { caFile } = outbound;
  return outbound.kind === "tls" ? { caFile } : { caFile, certFile: outbound.certFile, keyFile: outbound.keyFile };
}
