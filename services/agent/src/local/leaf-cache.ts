import { ask, type Bus } from "@causeway/bus";
import { DEFAULT_NAMESPACE, type SignedLeaf, serviceSpiffeId } from "@causeway/model";
import { createCsr, generateKeyPair, isOverdue, leafRenewal, renewalAfterRootChange } from "@causeway/pki";
import type { Clock, Logger, Timer } from "@causeway/runtime";
import { answered } from "../http/errors.ts";
import type { Source } from "../source.ts";
import { type CaView, ROOTS_TOPIC } from "../views/ca-view.ts";
import { Topics } from "../views/topics.ts";

/** A leaf with the key that was made for it here. */
export type IssuedLeaf = {
  readonly leaf: SignedLeaf;
  readonly privateKeyPem: string;
  /** Rises with each renewal. */
  readonly index: number;
  readonly issuedAtMs: number;
};

/** What the cache needs of the agent. */
export type LeafCacheOptions = {
  readonly bus: Bus;
  readonly datacenter: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ca: Source<CaView>;
  readonly random?: () => number;
};

/** A leaf that nobody has asked for in this time is not renewed any more. */
const FORGET_AFTER_MS = 3 * 24 * 3_600_000;
const RETRY_MS = 5_000;

/**
 * The leaves that this agent's clients have asked for: each is made once, renewed in time and when the root changes, and forgotten when
 * nobody asks any more. Keys never leave this process except to who asks for the leaf.
 */
export class LeafCache {
  /** `leaf:<service>` changes with each renewal. */
  readonly topics = new Topics();
  readonly #options: LeafCacheOptions;
  readonly #leaves = new Map<string, IssuedLeaf>();
  readonly #pending = new Map<string, Promise<IssuedLeaf>>();
  readonly #renewals = new Map<string, Timer>();
  readonly #askedAtMs = new Map<string, number>();
  /** The secret of whoever asked last, by which a leaf is renewed. */
  readonly #askedBy = new Map<string, string>();
  readonly #forget: () => void;

  constructor(options: LeafCacheOptions) {
    this.#options = options;
    this.#forget = options.ca.topics.subscribe([ROOTS_TOPIC], () => this.#rootsChanged());
  }

  /**
   * The leaf of a service, from the cache when it has one that is still good to serve with, or else signed for who has `secret`: "" for
   * nobody's.
   */
  async leaf(service: string, secret = ""): Promise<{ readonly issued: IssuedLeaf; readonly hit: boolean }> {
    const { clock } = this.#options;
    this.#askedAtMs.set(service, clock.now());
    this.#askedBy.set(service, secret);
    const known = this.#leaves.get(service);
    if (known !== undefined && !isOverdue(validity(known.leaf), clock.now())) return { issued: known, hit: true };
    return { issued: await this.#issueOnce(service), hit: false };
  }

  /** The leaf that the cache has of a service now. */
  known(service: string): IssuedLeaf | undefined {
    return this.#leaves.get(service);
  }

  /** Ends renewals, and answers every long poll. */
  close(): void {
    this.#forget();
    for (const timer of this.#renewals.values()) timer.cancel();
    this.topics.close();
  }

  /** Several who ask at the same time get the same leaf. */
  #issueOnce(service: string): Promise<IssuedLeaf> {
    const pending = this.#pending.get(service);
    if (pending !== undefined) return pending;
    const issuing = this.#issue(service).finally(() => this.#pending.delete(service));
    this.#pending.set(service, issuing);
    return issuing;
  }

  async #issue(service: string): Promise<IssuedLeaf> {
    const { bus, datacenter, clock, ca } = this.#options;
    const trustDomain = ca.view.roots?.TrustDomain;
    if (trustDomain === undefined)
      throw answered(500, "CA is uninitialized and unable to sign certificates yet: no root certificate");
    const key = await generateKeyPair();
    const spiffeId = serviceSpiffeId({ trustDomain, namespace: DEFAULT_NAMESPACE, datacenter, service });
    const CSR = createCsr({ spiffeId, key });
    const leaf = await ask(bus, "ca.sign-leaf", { CSR, Token: this.#askedBy.get(service) ?? "" });
    const former = this.#leaves.get(service)?.index ?? 0;
    const index = Math.max(former + 1, ca.revision);
    const issued = { leaf, privateKeyPem: key.privateKeyPem, index, issuedAtMs: clock.now() };
    this.#leaves.set(service, issued);
    this.topics.changed(leafTopic(service), index);
    this.#renewAt(service, this.#renewalOf(leaf));
    return issued;
  }

  /** The CA of a secondary datacenter may hear of a new root later than this agent, and sign once more with the old one. */
  #renewalOf(leaf: SignedLeaf): number {
    const { ca, clock } = this.#options;
    const root = ca.view.roots?.Roots.find(({ ID }) => ID === leaf.RootID);
    return root?.Active === false
      ? renewalAfterRootChange(clock.now(), this.#random)
      : leafRenewal(validity(leaf), this.#random);
  }

  get #random(): () => number {
    return this.#options.random ?? Math.random;
  }

  #renewAt(service: string, atMs: number): void {
    const { clock } = this.#options;
    this.#renewals.get(service)?.cancel();
    this.#renewals.set(
      service,
      clock.setTimer(Math.max(0, atMs - clock.now()), () => void this.#renew(service)),
    );
  }

  async #renew(service: string): Promise<void> {
    const { clock, log } = this.#options;
    if (clock.now() - (this.#askedAtMs.get(service) ?? 0) > FORGET_AFTER_MS) {
      for (const kept of [this.#leaves, this.#renewals, this.#askedAtMs, this.#askedBy]) kept.delete(service);
      this.topics.gone(leafTopic(service), this.#options.ca.revision);
      return;
    }
    try {
      await this.#issueOnce(service);
    } catch (error) {
      log.warn({ service, reason: (error as Error).message }, "leaf not renewed, is tried again");
      this.#renewAt(service, clock.now() + RETRY_MS);
    }
  }

  /** Leaves of a root that is no longer active are replaced, each at its own moment so that they do not all come at once. */
  #rootsChanged(): void {
    // While roots are read for the first time there is no leaf to replace.
    if (this.#leaves.size === 0) return;
    const active = this.#options.ca.view.roots?.ActiveRootID;
    for (const [service, { leaf }] of this.#leaves) {
      if (leaf.RootID !== active)
        this.#renewAt(service, renewalAfterRootChange(this.#options.clock.now(), this.#random));
    }
  }
}

/** The topic of one service's leaf. */
export function leafTopic(service: string): string {
  return `leaf:${service}`;
}

function validity({ ValidAfter, ValidBefore }: SignedLeaf): { notBeforeMs: number; notAfterMs: number } {
  return { notBeforeMs: Date.parse(ValidAfter), notAfterMs: Date.parse(ValidBefore) };
}
