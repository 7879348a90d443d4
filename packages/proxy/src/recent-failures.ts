// Long enough that a dead endpoint costs few connections their patience, short enough that one which is back is soon used again.
const FIRST_ASIDE_MS = 5_000;
const LONGEST_ASIDE_MS = 60_000;

// What is past is swept out when there are more than this.
const SWEEP_ABOVE = 1_000;

/** Addresses that could not be reached a moment ago; they are tried last. */
export class RecentFailures {
  readonly #now: () => number;
  readonly #failures = new Map<string, { readonly asideMs: number; readonly untilMs: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Puts an address aside: for 5 s, and for twice as long with each failure in a row, up to a minute. */
  add(address: string): void {
    const last = this.#failures.get(address);
    const asideMs = last === undefined ? FIRST_ASIDE_MS : Math.min(last.asideMs * 2, LONGEST_ASIDE_MS);
    this.#failures.set(address, { asideMs, untilMs: this.#now() + asideMs });
    if (this.#failures.size > SWEEP_ABOVE) this.#sweep();
  }

  /** Takes an address back that was reached. */
  delete(address: string): void {
    this.#failures.delete(address);
  }

  /** Whether the address is aside now. */
  has(address: string): boolean {
    const failure = this.#failures.get(address);
    return failure !== undefined && failure.untilMs > this.#now();
  }

  /** How many are remembered. */
  get size(): number {
    return this.#failures.size;
  }

  #sweep(): void {
    for (const [address, { untilMs }] of this.#failures) if (untilMs <= this.#now()) this.#failures.delete(address);
  }
}
