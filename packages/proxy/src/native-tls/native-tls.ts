import { LeafCache, type LeafUse } from "../leaf-cache.ts";
import { type IdentityOrder, MirroredIdentities } from "./mirrored-identities.ts";
import { OpenSsl } from "./openssl.ts";
import { TlsContext } from "./tls-context.ts";

/** What a worker ends TLS with; OpenSSL is bound when it is first needed. */
export class NativeTls {
  readonly identities = new MirroredIdentities();
  #openssl: OpenSsl | undefined;
  readonly #contexts = new LeafCache<TlsContext>(
    this.identities,
    () => Date.now(),
    (leaf, roots, limits) =>
      new TlsContext(this.openssl, "server", { leaf, roots, limits, ticketSecret: this.identities.ticketSecret }),
    (context) => context.close(),
  );

  get openssl(): OpenSsl {
    this.#openssl ??= OpenSsl.open();
    return this.#openssl;
  }

  /** Takes in what is new; what was made of what was before is of no use for new handshakes. */
  assign(order: IdentityOrder): void {
    this.identities.assign(order);
    if (order.kind === "leaf") this.#contexts.forget(order.service);
    else this.#contexts.retain([]);
  }

  /** What a client is taken in with; throws NO_LEAF when the service has no leaf, or none that anybody would accept. */
  contextFor(use: LeafUse): TlsContext {
    return this.#contexts.for(use);
  }

  /** Lets go of all keys. */
  close(): void {
    this.#contexts.retain([]);
    this.#openssl?.close();
  }
}
