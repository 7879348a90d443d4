import { ConnectionError, type ConnectionFailure } from "../errors.ts";
import { LeafCache, type LeafUse } from "../leaf-cache.ts";
import { fileSetOf, type Terms, type TlsOutbound, termsOf } from "../origination-terms.ts";
import { fileSetKey, type TlsFileSet } from "../tls-files.ts";
import { type FilesOrder, type FilesState, MirroredFiles } from "./mirrored-files.ts";
import { type IdentityOrder, MirroredIdentities } from "./mirrored-identities.ts";
import { OpenSsl } from "./openssl.ts";
import { ticketKeys } from "./ticket-keys.ts";
import { TlsContext } from "./tls-context.ts";

/** How TLS to a far side is begun by the worker, and what its certificate must prove. */
export type NativeOrigination = { readonly context: TlsContext; readonly terms: Terms };

/** How TLS is begun, or why it cannot be. */
export type Begun = NativeOrigination | ConnectionFailure;

/** What a worker ends TLS with, and begins it; OpenSSL is bound when it is first needed. */
export class NativeTls {
  readonly identities = new MirroredIdentities();
  readonly #files = new MirroredFiles();
  #openssl: OpenSsl | undefined;
  readonly #servers = new LeafCache<TlsContext>(
    this.identities,
    () => Date.now(),
    (own, trusted, { limits }) => {
      const tickets = ticketKeys(this.identities.ticketSecret, own, trusted, limits);
      return new TlsContext(this.openssl, { role: "server", own, trusted, limits, tickets });
    },
    (context) => context.close(),
  );
  readonly #clients = new LeafCache<TlsContext>(
    this.identities,
    () => Date.now(),
    (own, trusted, { limits }) => new TlsContext(this.openssl, { role: "client", own, trusted, limits }),
    (context) => context.close(),
  );
  readonly #outside = new Map<string, TlsContext>();

  get openssl(): OpenSsl {
    this.#openssl ??= OpenSsl.open();
    return this.#openssl;
  }

  /** Takes in what is new; what was made of what was before is of no use for new handshakes. */
  assign(order: IdentityOrder | FilesOrder): void {
    switch (order.kind) {
      case "roots":
        this.identities.assign(order);
        for (const contexts of [this.#servers, this.#clients]) contexts.retain([]);
        break;
      case "leaf":
        this.identities.assign(order);
        for (const contexts of [this.#servers, this.#clients]) contexts.forget(order.service);
        break;
      case "files":
        this.#outside.get(order.key)?.close();
        this.#outside.delete(order.key);
        this.#files.assign(order);
    }
  }

  /** What a client is taken in with; throws NO_LEAF when the service has no leaf, or none that anybody would accept. */
  contextFor(use: LeafUse): TlsContext {
    return this.#servers.for(use);
  }

  /** How TLS is begun for `outbound`, or NO_LEAF or TLS_FILES_UNUSABLE; `undefined` while files have not been read. */
  originationOf(outbound: TlsOutbound): Begun | undefined {
    const terms = termsOf(outbound);
    if (outbound.kind === "mesh") return attempted(() => ({ terms, context: this.#clients.for(outbound) }));
    const files = fileSetOf(outbound);
    const state = this.#files.state(fileSetKey(files));
    return state === undefined ? undefined : attempted(() => ({ terms, context: this.#contextOf(files, state) }));
  }

  /** Has `told` called when the files of `outbound` have been read. Gives what makes an end of waiting. */
  whenTold(outbound: TlsOutbound, told: () => void): () => void {
    return outbound.kind === "mesh" ? () => {} : this.#files.whenTold(fileSetKey(fileSetOf(outbound)), told);
  }

  /** Lets go of all keys. */
  close(): void {
    for (const contexts of [this.#servers, this.#clients]) contexts.retain([]);
    for (const context of this.#outside.values()) context.close();
    this.#outside.clear();
    this.#openssl?.close();
  }

  #contextOf(files: TlsFileSet, state: FilesState): TlsContext {
    if (state.kind === "unusable") throw new ConnectionError({ code: "TLS_FILES_UNUSABLE", reason: state.reason });
    const key = fileSetKey(files);
    const made = this.#outside.get(key);
    if (made !== undefined) return made;
    const { ca, cert, key: privateKeyPem } = state.contents;
    const own = cert === undefined || privateKeyPem === undefined ? undefined : { certificatePem: cert, privateKeyPem };
    const trusted = { certificatesPem: [ca], version: files.caFile };
    try {
      const context = new TlsContext(this.openssl, { role: "client", own, trusted });
      this.#outside.set(key, context);
      return context;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ConnectionError({ code: "TLS_FILES_UNUSABLE", reason }, { cause });
    }
  }
}

function attempted(begin: () => NativeOrigination): Begun {
  try {
    return begin();
  } catch (error) {
    return ConnectionError.from(error).failure;
  }
}
