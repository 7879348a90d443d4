import { createSecureContext, type SecureContext } from "node:tls";
import type { Outbound } from "@causeway/routes";
import type { Identities, Leaf, Roots } from "./identities.ts";
import { LeafCache } from "./leaf-cache.ts";
import type { TlsFileStore } from "./tls-file-store.ts";
import type { TlsFileSet } from "./tls-files.ts";
import type { Origination } from "./tls-origination.ts";

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
      const { context, rootsVersion } = this.#clients.for(outbound.leaf);
      const proof = { kind: "uri", uris: outbound.spiffeIds, rootsVersion } as const;
      return { context, caName: "the mesh's roots", serverName: outbound.serverName, clientCertificate: true, proof };
    }
    const { caFile, serverName, kind } = outbound;
    const context = await this.#files.context(fileSetOf(outbound));
    const proof =
      serverName === undefined ? ({ kind: "chain" } as const) : ({ kind: "name", name: serverName } as const);
    return { context, caName: caFile, serverName, clientCertificate: kind === "mtls", proof };
  }

  /** Forgets what belongs to no service of these. */
  retain(services: ReadonlySet<string>): void {
    this.#clients.retain(services);
  }
}

/** The files that TLS to a service outside the mesh is made of. */
export function fileSetOf(outbound: Extract<Outbound, { readonly kind: "tls" | "mtls" }>): TlsFileSet {
  const { caFile } = outbound;
  return outbound.kind === "tls" ? { caFile } : { caFile, certFile: outbound.certFile, keyFile: outbound.keyFile };
}

function meshClient({ certificatePem, privateKeyPem }: Leaf, roots: Roots): MeshClient {
  const context = createSecureContext({
    cert: certificatePem,
    key: privateKeyPem,
    ca: [...roots.certificatesPem],
    minVersion: "TLSv1.2",
  });
  return { context, rootsVersion: roots.version };
}
