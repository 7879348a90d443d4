/** A service's own certificate and key. */
export type Leaf = {
  /** The leaf, followed by the intermediates that lead to a root. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Tells one leaf of a service from the next. */
  readonly serial: string;
  readonly notAfterMs: number;
};

/** Whom the mesh trusts. */
export type Roots = {
  readonly trustDomain: string;
  readonly certificatesPem: readonly string[];
  /** Changes whenever the certificates do. */
  readonly version: number | string;
};

/** What a proxy can prove and whom it believes; asked anew for each connection, so it must answer at once. */
export interface Identities {
  /** The current leaf of a service, `undefined` while there is none. */
  leaf(service: string): Leaf | undefined;
  /** The current roots. After they have changed, `Proxy.recheck` applies them to open connections. */
  roots(): Roots;
}
