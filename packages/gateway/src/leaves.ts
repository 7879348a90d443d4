import { isDeepStrictEqual } from "node:util";
import type { SignedLeaf } from "@causeway/model";
import { DEFAULT_NAMESPACE, serviceSpiffeId } from "@causeway/model";
import { createCsr, generateKeyPair, leafRenewal, renewalAfterRootChange } from "@causeway/pki";
import type { Leaf } from "@causeway/proxy";
import { leafName } from "@causeway/routes";
import { backoff, type Clock, type Timer } from "@causeway/runtime";
import type { LeafProgress, LeafWish } from "./read.ts";
import { RequestQueue } from "./request-queue.ts";

/** A leaf that is held: what is presented, and what decides when it is replaced. */
export type HeldLeaf = Leaf & {
  readonly notBeforeMs: number;
  /** Root that signed it. */
  readonly rootId: string;
  readonly trustDomain: string;
};

/** Whom the mesh trusts at present, as far as leaves depend on it. */
export type Trust = {
  readonly trustDomain: string;
  readonly activeRootId: string;
  /** IDs of every root that is still trusted, the active one among them. */
  readonly rootIds: readonly string[];
};

/** What leaves are got with. */
export type LeavesOptions = {
  readonly datacenter: string;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
  /** Has a request signed; rejects with the reason when it cannot be had. */
  readonly sign: (csr: string) => Promise<SignedLeaf>;
  /** Leaves from before this process, by name. */
  readonly saved?: ReadonlyMap<string, HeldLeaf>;
  /** Told when it may have changed whether, or which, leaf of this name is at hand. */
  readonly changed: (name: string, leaf: HeldLeaf | undefined) => void;
  /** Told of each request that was in vain. */
  readonly failed: (facts: { readonly service: string; readonly reason: string; readonly attempt: number }) => void;
};

/** What an operator is shown of a leaf: all but its key. */
export type LeafReport = {
  readonly service: string;
  /** Absent where it has none. */
  readonly dnsNames?: readonly string[];
  readonly serial?: string;
  readonly rootId?: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly renewedAt?: string;
  /** Why the last attempt to get or renew it was in vain. */
  readonly problem?: string;
};

type Entry = Required<LeafWish> & {
  readonly name: string;
  leaf: HeldLeaf | undefined;
  /** When the leaf is replaced, or asked for again, in milliseconds since 1970. */
  dueMs: number;
  attempts: number;
  problem: string | undefined;
  asking: boolean;
  timer: Timer | undefined;
};

/** First and longest wait after a request in vain. */
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/**
 * The leaf certificates of the services that a proxy stands for, by `leafName`.
 *
 * Keys are made here and never leave; each leaf is renewed between 60 % and 90 % of its life, and within 30 seconds when the active root
 * changes. Until a new one has come, the old one stays in use for as long as it is valid.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca
 */
export class Leaves {
  readonly #entries = new Map<string, Entry>();
  readonly #options: LeavesOptions;
  readonly #queue = new RequestQueue();
  #trust: Trust | undefined;

  constructor(options: LeavesOptions) {
    this.#options = options;
  }

  /** Gets a leaf for a service and keeps it renewed until `release`. */
  hold(service: string, dnsNames: readonly string[] = []): void {
    const name = leafName(service, dnsNames);
    if (this.#entries.has(name)) return;
    const leaf = this.#saved(name);
    const dueMs = leaf === undefined ? 0 : leafRenewal(leaf, this.#options.random);
    const wish = { name, service, dnsNames };
    const entry: Entry = { ...wish, leaf, dueMs, attempts: 0, problem: undefined, asking: false, timer: undefined };
    this.#entries.set(name, entry);
    if (this.#trust !== undefined) this.#adapt(entry, this.#trust);
  }

  /** Gives the leaf of this name up. */
  release(name: string): void {
    this.#entries.get(name)?.timer?.cancel();
    this.#entries.delete(name);
  }

  /** The names of those that are held or asked for. */
  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Says whom the mesh trusts from now on. Leaves of another trust domain are worthless; those of another root are soon replaced. */
  trust(trust: Trust): void {
    if (isDeepStrictEqual(this.#trust, trust)) return;
    this.#trust = trust;
    for (const entry of this.#entries.values()) this.#adapt(entry, trust);
  }

  /** The leaf of this name; undefined while there is none. */
  leaf(name: string): Leaf | undefined {
    return this.#entries.get(name)?.leaf;
  }

  /** Whether the leaf of this name can be presented, or why not. */
  progress(name: string): LeafProgress {
    const entry = this.#entries.get(name);
    const leaf = entry === undefined ? this.#saved(name) : entry.leaf;
    const valid = leaf !== undefined && leaf.notAfterMs > this.#options.clock.now();
    if (valid) return { ready: true };
    if (entry?.problem === undefined) return { ready: "asking" };
    const what =
      leaf === undefined ? "no leaf certificate" : `the leaf certificate expired at ${isoTime(leaf.notAfterMs)}`;
    return { ready: false, reason: `${what}: ${entry.problem}` };
  }

  /** Every leaf that is held or asked for, without keys. */
  report(): readonly LeafReport[] {
    return [...this.#entries.values()].map(({ service, dnsNames, leaf, dueMs, problem }) => ({
      service,
      ...(dnsNames.length === 0 ? {} : { dnsNames }),
      ...(leaf === undefined
        ? {}
        : {
            serial: leaf.serial,
            rootId: leaf.rootId,
            validFrom: isoTime(leaf.notBeforeMs),
            validUntil: isoTime(leaf.notAfterMs),
            renewedAt: isoTime(dueMs),
          }),
      ...(problem === undefined ? {} : { problem }),
    }));
  }

  /** Stops getting and renewing; what is held stays. */
  stop(): void {
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#queue.close();
  }

  #saved(name: string): HeldLeaf | undefined {
    const leaf = this.#options.saved?.get(name);
    return leaf !== undefined && leaf.notAfterMs > this.#options.clock.now() ? leaf : undefined;
  }

  #adapt(entry: Entry, { trustDomain, activeRootId, rootIds }: Trust): void {
    const { clock, random, changed } = this.#options;
    const { leaf } = entry;
    if (leaf !== undefined && leaf.trustDomain !== trustDomain) {
      entry.leaf = undefined;
      entry.dueMs = 0;
      changed(entry.name, undefined);
    } else if (leaf !== undefined && !rootIds.includes(leaf.rootId)) {
      entry.dueMs = 0;
    } else if (leaf !== undefined && leaf.rootId !== activeRootId) {
      entry.dueMs = Math.min(entry.dueMs, renewalAfterRootChange(clock.now(), random));
    }
    this.#wait(entry);
  }

  #wait(entry: Entry): void {
    entry.timer?.cancel();
    if (entry.asking) return;
    const waitMs = Math.max(0, entry.dueMs - this.#options.clock.now());
    entry.timer = this.#options.clock.setTimer(waitMs, () => this.#ask(entry));
  }

  #ask(entry: Entry): void {
    const trust = this.#trust;
    if (trust === undefined || entry.asking) return;
    entry.asking = true;
    void this.#queue.run(async () => {
      const outcome = await this.#request(entry, trust).catch((error: unknown) => describeError(error));
      entry.asking = false;
      if (this.#entries.get(entry.name) !== entry) return;
      if (typeof outcome === "string") this.#failed(entry, outcome);
      else this.#obtained(entry, outcome, trust);
    });
  }

  async #request({ service, dnsNames }: Entry, { trustDomain }: Trust): Promise<HeldLeaf> {
    const { datacenter } = this.#options;
    const key = await generateKeyPair();
    const spiffeId = serviceSpiffeId({ trustDomain, namespace: DEFAULT_NAMESPACE, datacenter, service });
    const signed = await this.#options.sign(createCsr({ spiffeId, dnsNames, key }));
    return {
      certificatePem: signed.CertPEM,
      privateKeyPem: key.privateKeyPem,
      serial: signed.SerialNumber,
      notBeforeMs: Date.parse(signed.ValidAfter),
      notAfterMs: Date.parse(signed.ValidBefore),
      rootId: signed.RootID,
      trustDomain,
    };
  }

  #obtained(entry: Entry, leaf: HeldLeaf, trusted: Trust): void {
    entry.leaf = leaf;
    entry.attempts = 0;
    entry.problem = undefined;
    entry.dueMs = leafRenewal(leaf, this.#options.random);
    this.#options.changed(entry.name, leaf);
    // The CA may know newer roots than are known here: then the leaf is of one that will be heard of in a moment. Otherwise the roots have
    // changed while the leaf was on its way, or the CA knows only older ones, as that of a secondary datacenter may for a while.
    const ahead = this.#trust === trusted && !trusted.rootIds.includes(leaf.rootId);
    if (ahead) this.#wait(entry);
    else this.#adapt(entry, this.#trust ?? trusted);
  }

  #failed(entry: Entry, reason: string): void {
    const { clock, random, changed, failed } = this.#options;
    entry.attempts += 1;
    entry.problem = reason;
    entry.dueMs = clock.now() + backoff(entry.attempts, { ...BACKOFF, random });
    failed({ service: entry.service, reason, attempt: entry.attempts });
    changed(entry.name, entry.leaf);
    this.#wait(entry);
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
