import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Clock, Timer } from "@causeway/runtime";

/** Finds all IPv4 and IPv6 addresses of a host name; rejects when there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** What is known of a host name. */
type Entry = {
  addresses: readonly string[];
  /** How often it was asked for. */
  turn: number;
  usedMs: number;
  timer: Timer | undefined;
  pending: Promise<void> | undefined;
};

// A name that nobody has asked for during so many refreshes is forgotten.
const REFRESHES_UNUSED = 30;

/** The system's resolver, with its answers in the order that it prefers. */
export const lookupBySystem: Lookup = async (host) => {
  const answers = await systemLookup(host, { all: true, order: "verbatim" });
  return answers.map(({ address }) => address);
};

/**
 * The addresses of host names. A name is looked up when it is first asked for, and then again every `refreshMs` while it is in use; when
 * that fails, the last answer stands.
 */
export class HostNames {
  readonly #entries = new Map<string, Entry>();
  readonly #lookup: Lookup;
  readonly #clock: Clock;
  readonly #refreshMs: number;

  constructor(lookup: Lookup, clock: Clock, refreshMs: number) {
    this.#lookup = lookup;
    this.#clock = clock;
    this.#refreshMs = refreshMs;
  }

  /**
   * All addresses of `host`, which may be an address itself; each call begins with the next of them. Rejects with the resolver's error
   * while there is no answer at all.
   */
  async addresses(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const entry = this.#entryOf(host);
    entry.usedMs = this.#clock.now();
    if (entry.addresses.length === 0) await this.#refresh(host, entry);
    return rotated(entry.addresses, entry.turn++);
  }

  /** Stops refreshing. */
  close(): void {
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#entries.clear();
  }

  #entryOf(host: string): Entry {
    const known = this.#entries.get(host);
    if (known !== undefined) return known;
    const entry: Entry = { addresses: [], turn: 0, usedMs: 0, timer: undefined, pending: undefined };
    this.#entries.set(host, entry);
    return entry;
  }

  /** Looks the name up, once at a time however many ask; rejects when that fails. */
  #refresh(host: string, entry: Entry): Promise<void> {
    entry.pending ??= this.#look(host, entry).finally(() => {
      entry.pending = undefined;
    });
    return entry.pending;
  }

  async #look(host: string, entry: Entry): Promise<void> {
    try {
      const addresses = await this.#lookup(host);
      if (addresses.length === 0) throw new Error("the name has no address");
      entry.addresses = addresses;
    } catch (error) {
      // Forgotten while it has no answer, so that the next connection asks anew.
      if (entry.addresses.length === 0) this.#entries.delete(host);
      throw error;
    }
    this.#scheduleRefresh(host, entry);
  }

  #scheduleRefresh(host: string, entry: Entry): void {
    if (this.#entries.get(host) !== entry) return;
    entry.timer = this.#clock.setTimer(this.#refreshMs, () => {
      const unusedMs = this.#clock.now() - entry.usedMs;
      if (unusedMs > this.#refreshMs * REFRESHES_UNUSED) this.#entries.delete(host);
      // A failed refresh leaves the last answer standing.
      else this.#refresh(host, entry).catch(() => this.#scheduleRefresh(host, entry));
    });
  }
}

function rotated(addresses: readonly string[], turn: number): readonly string[] {
  const start = turn % addresses.length;
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}
