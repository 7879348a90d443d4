import { createSecureContext, type SecureContext } from "node:tls";
import type { Outbound, TlsLimits } from "@causeway/routes";
import type { Identities, Leaf, Roots } from "./identities.ts";
import { LeafCache, type LeafUse } from "./leaf-cache.ts";
import type { TlsFileStore } from "./tls-file-store.ts";
import type { TlsFileSet } from "./tls-files.ts";
import type { Origination } from "./tls-origination.ts";
import { describeVersions, tlsSettings } from "./tls-settings.ts";

/** What a client of the mesh presents and trusts. */
type MeshClient = { readonly context: SecureContext; readonly rootsVersion: Roots["version"] };

/** Gives each way onward the TLS that it needs. */
export class Originations {
  readonly #files: TlsFileStore;
  readonly #clients: LeafCache<MeshClient>;

  constructor(files: TlsFileStore, identities: Identities, now: () => number) {
    this.#files = files;
    this.#clients = new LeafCache(identities, now, meshClient);
  }

  /** How TLS is begun for `outbound`, `undefined` where there is none; rejects with NO_LEAF or TLS_FILES_UNUSABLE. */
  async for(outbound: Outbound): Promise<Origination | undefined> {
    if (outbound.kind === "plain") return undefined;
    if (outbound.kind === "mesh") {
      const { context, rootsVersion } = this.#clients.for(outbound);
      const proof = { kind: "uri", uris: outbound.spiffeIds, rootsVersion } as const;
      const { serverName, limits } = outbound;
      const versions = describeVersions(limits);
      return { context, caName: "the mesh's roots", serverName, clientCertificate: true, versions, proof };
    }
    const { caFile, serverName, kind } = outbound;
    const context = await this.#files.context(fileSetOf(outbound));
    const proof =
      serverName === undefined ? ({ kind: "chain" } as const) : ({ kind: "name", name: serverName } as const);
    const versions = describeVersions();
    return { context, caName: caFile, serverName, clientCertificate: kind === "mtls", versions, proof };
  }

  /** Forgets what is for no use of these. */
  retain(uses: Iterable<LeafUse>): void {
    this.#clients.retain(uses);
  }
}

/** The files that TLS to a service outside the mesh is made of. */
export function fileSetOf(outbound: Extract<Outbound, { readonly kind: "tls" | "mtls" }>): TlsFileSet {
  const { caFile } = outbound;
  return outbound.kind === "tls" ? { caFile } : { caFile, certFile: outbound.certFile, keyFile: outbound.keyFile };
}

function meshClient({ certificatePem, privateKeyPem }: Leaf, roots: Roots, limits: TlsLimits | undefined): MeshClient {
  const context = createSecureContext({
    cert: certificatePem,
    key: privateKeyPem,
    ca: [...roots.certificatesPem],
    ...tlsSettings(limits),
  });
  return { context, rootsVersion: roots.version };
}
