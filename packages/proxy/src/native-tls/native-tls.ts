import { ConnectionError, type ConnectionFailure } from "../errors.ts";
import { LeafCache, type LeafUse } from "../leaf-cache.ts";
import { fileSetOf, type Terms, type TlsOutbound, termsOf } from "../origination-terms.ts";
import { fileSetKey, type TlsFileSet } from "../tls-files.ts";
import { type FilesOrder, type FilesState, MirroredFiles } from "./mirrored-files.ts";
import { type IdentityOrder, MirroredIdentities } from "./mirrored-identities.ts";
import { NativeClient } from "./native-client.ts";
import { OpenSsl } from "./openssl.ts";
import { ticketKeys } from "./ticket-keys.ts";
import { TlsContext } from "./tls-context.ts";

/** How TLS to a far side is begun by the worker, and what its certificate must prove. */
export type NativeOrigination = { readonly client: NativeClient; readonly terms: Terms };

/** How TLS is begun, or why it cannot be. */
export type Begun = NativeOrigination | ConnectionFailure;

const now = () => Date.now();

/** What a worker ends TLS with, and begins it; OpenSSL is bound when it is first needed. */
export class NativeTls {
  readonly identities = new MirroredIdentities();
  readonly #files = new MirroredFiles();
  #openssl: OpenSsl | undefined;
  readonly #servers = new LeafCache<TlsContext>(
    this.identities,
    now,
    (own, trusted, limits) => {
      const tickets = ticketKeys(this.identities.ticketSecret, own, trusted, limits);
      return new TlsContext(this.openssl, { role: "server", own, trusted, limits, tickets });
    },
    (context) => context.close(),
  );
  readonly #clients = new LeafCache<NativeClient>(
    this.identities,
    now,
    (own, trusted, limits) => new NativeClient(this.openssl, { own, trusted, limits }, now),
    (client) => client.close(),
  );
  readonly #outside = new Map<string, NativeClient>();

  get openssl(): OpenSsl {
    this.#openssl ??= OpenSsl.open();
    return this.#openssl;
  }

  /** Takes in what is new; what was made of what was before is of no use for new handshakes. */
  assign(order: IdentityOrder | FilesOrder): void {
    switch (order.kind) {
      case "roots":
        this.identities.assign(order);
        for (const made of [this.#servers, this.#clients]) made.retain([]);
        break;
      case "leaf":
        this.identities.assign(order);
        for (const made of [this.#servers, this.#clients]) made.forget(order.service);
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
    if (outbound.kind === "mesh") return attempted(() => ({ terms, client: this.#clients.for(outbound) }));
    const files = fileSetOf(outbound);
    const state = this.#files.state(fileSetKey(files));
    return state === undefined ? undefined : attempted(() => ({ terms, client: this.#clientOf(files, state) }));
  }

  /** Has `told` called when the files of `outbound` have been read. Gives what makes an end of waiting. */
  whenTold(outbound: TlsOutbound, told: () => void): () => void {
    return outbound.kind === "mesh" ? () => {} : this.#files.whenTold(fileSetKey(fileSetOf(outbound)), told);
  }

  /** Lets go of all keys. */
  close(): void {
    for (const made of [this.#servers, this.#clients]) made.retain([]);
    for (const client of this.#outside.values()) client.close();
    this.#outside.clear();
    this.#openssl?.close();
  }

  #clientOf(files: TlsFileSet, state: FilesState): NativeClient {
    if (state.kind === "unusable") throw new ConnectionError({ code: "TLS_FILES_UNUSABLE", reason: state.reason });
    const key = fileSetKey(files);
    const made = this.#outside.get(key);
    if (made !== undefined) return made;
    const { ca, cert, key: privateKeyPem } = state.contents;
    const own = cert === undefined || privateKeyPem === undefined ? undefined : { certificatePem: cert, privateKeyPem };
    const trusted = { certificatesPem: [ca], version: files.caFile };
    try {
      const client = new NativeClient(this.openssl, { own, trusted }, now);
      this.#outside.set(key, client);
      return client;
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
