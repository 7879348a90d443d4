import { createSecureContext } from "node:tls";
import type { Outbound, TlsLimits } from "@causeway/routes";
import type { Identities, Leaf, Roots } from "./identities.ts";
import { LeafCache, type LeafUse } from "./leaf-cache.ts";
import { fileSetOf, termsOf } from "./origination-terms.ts";
import { SecureClient } from "./secure-client.ts";
import type { TlsFileStore } from "./tls-file-store.ts";
import type { Origination } from "./tls-origination.ts";
import { NO_SECOND_HANDSHAKE, tlsSettings } from "./tls-settings.ts";

/** What a client of the mesh presents and trusts. */
type MeshClient = { readonly client: SecureClient; readonly rootsVersion: Roots["version"] };

/** Gives each way onward the TLS that it needs. */
export class Originations {
  readonly #files: TlsFileStore;
  readonly #clients: LeafCache<MeshClient>;

  constructor(files: TlsFileStore, identities: Identities, now: () => number) {
    this.#files = files;
    this.#clients = new LeafCache(
      identities,
      now,
      (leaf, roots, limits) => meshClient(leaf, roots, limits, now),
      ({ client }) => client.close(),
    );
  }

  /** How TLS is begun for `outbound`, `undefined` where there is none; rejects with NO_LEAF or TLS_FILES_UNUSABLE. */
  async for(outbound: Outbound): Promise<Origination | undefined> {
    if (outbound.kind === "plain") return undefined;
    const terms = termsOf(outbound);
    if (outbound.kind === "mesh") return { ...terms, ...this.#clients.for(outbound) };
    return { ...terms, client: await this.#files.client(fileSetOf(outbound)), rootsVersion: undefined };
  }

  /** Forgets what is for no use of these. */
  retain(uses: Iterable<LeafUse>): void {
    this.#clients.retain(uses);
  }
}

function meshClient(
  { certificatePem, privateKeyPem }: Leaf,
  roots: Roots,
  limits: TlsLimits | undefined,
  now: () => number,
): MeshClient {
  const context = createSecureContext({
    cert: certificatePem,
    key: privateKeyPem,
    ca: [...roots.certificatesPem],
    ...tlsSettings(limits),
    ...NO_SECOND_HANDSHAKE,
  });
  return { client: new SecureClient(context, roots.certificatesPem, now), rootsVersion: roots.version };
}
