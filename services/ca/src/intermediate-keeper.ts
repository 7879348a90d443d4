import { ask, type Bucket, type Bus, BusError, Mirror, Refusal } from "@causeway/bus";
import { BUCKETS, signingSpiffeId } from "@causeway/model";
import { certificateFacts, createCsr, generateKeyPair } from "@causeway/pki";
import { backoff, type Clock, type Logger, type ReadinessTask } from "@causeway/runtime";
import { Alarm } from "./alarm.ts";
import { CaError } from "./errors.ts";
import { intermediateRenewal, type WantedIntermediate } from "./intermediate-renewal.ts";
import type { Intermediate, Intermediates } from "./intermediates.ts";
import { activeRoot, timestamp } from "./roots.ts";
import { FIRST_CONFIG, keptSettings, type Settings } from "./settings.ts";
import type { LeafIssuer } from "./sign-leaf.ts";

/** What the CA of a datacenter that is not the primary one works with. */
export type KeeperOptions = {
  readonly bus: Bus;
  /** The copy of the primary datacenter's. */
  readonly roots: Bucket<typeof BUCKETS.caRoots>;
  readonly intermediates: Intermediates;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Done while there is an intermediate to sign with. */
  readonly task: ReadinessTask;
};

/** The trust domain too, which a request must name. */
type Wanted = WantedIntermediate & { readonly trustDomain: string };

/** However far off the next renewal is, the clock of the machine may be set meanwhile. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Gets an intermediate from the primary datacenter and keeps it renewed. The old one signs until the new one is there, for as long as it
 * is valid; a renewal that fails is tried again, and at once when the path to the primary opens.
 */
export class IntermediateKeeper {
  readonly #options: KeeperOptions;
  readonly #alarm: Alarm;
  #problem: string | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock);
  }

  /** What signs leaves now. Throws a Refusal that says what is waited for while nothing does. */
  async issuer(): Promise<LeafIssuer> {
    const held = await this.#options.intermediates.present();
    const nowMs = this.#options.clock.now();
    if (held === undefined || held.notAfterMs <= nowMs) throw new Refusal(500, this.#whyNot(held));
    const { trustDomain, certificate, privateKey, rootId } = held;
    const crossSigned = held.crossSigned.filter(({ notAfterMs }) => notAfterMs > nowMs).map(({ pem }) => pem);
    return { trustDomain, certificate, privateKey, sentAlong: [certificate, ...crossSigned], rootId };
  }

  /** How leaves are signed, as the copy of the configuration says; as Consul does by default while that is not there. */
  async settings(): Promise<Settings> {
    const stored = await this.#options.roots.get("configuration");
    return keptSettings(stored?.value.Config ?? FIRST_CONFIG);
  }

  /** Keeps the intermediate until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { bus, clock } = this.#options;
    const ring = () => this.#alarm.ring();
    signal.addEventListener("abort", ring, { once: true });
    Mirror.follow(bus, BUCKETS.caRoots, {}, signal, { changed: ring });
    const forget = bus.paths.onChange((datacenter, state) => {
      if (datacenter === bus.primaryDatacenter && state === "open") ring();
    });
    for (let attempt = 1; !signal.aborted; attempt++) {
      const nextMs = await this.look();
      if (nextMs !== undefined) attempt = 0;
      const waitMs = nextMs === undefined ? backoff(attempt) : Math.min(nextMs - clock.now(), LONGEST_WAIT_MS);
      if (await this.#alarm.wait(waitMs)) attempt = 0;
    }
    forget();
  }

  /**
   * Looks once whether the intermediate is to be renewed, and does it. Gives when to look again, in milliseconds since 1970, or undefined
   * when soon: after a renewal, and after one that failed. Never throws.
   */
  async look(): Promise<number | undefined> {
    try {
      const nextMs = await this.#renewIfDue();
      this.#problem = undefined;
      return nextMs;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      // An attempt every few seconds for as long as a link is down: told once.
      if (problem !== this.#problem) this.#options.log.warn({ error }, "intermediate not got");
      this.#problem = problem;
      return undefined;
    } finally {
      await this.#tellReadiness();
    }
  }

  async #renewIfDue(): Promise<number | undefined> {
    const { intermediates, clock } = this.#options;
    const held = await intermediates.present();
    const wanted = await this.#wanted();
    const renewal = intermediateRenewal(held, wanted, clock.now());
    if (renewal.kind === "later") return renewal.atMs;
    await this.#renew(held, wanted, renewal.because);
    return undefined;
  }

  async #wanted(): Promise<Wanted> {
    const { roots, bus } = this.#options;
    const stored = await roots.get("roots");
    if (stored === undefined) throw new CaError({ code: "NO_COPY", primary: bus.primaryDatacenter });
    const { ID: rootId, NotAfter } = activeRoot(stored.value);
    const { keyType } = await this.settings();
    return { keyType, rootId, rootEndsMs: Date.parse(NotAfter), trustDomain: stored.value.TrustDomain };
  }

  async #renew(held: Intermediate | undefined, { keyType, trustDomain }: Wanted, because: string): Promise<void> {
    const { bus, intermediates, log } = this.#options;
    const key = await generateKeyPair(keyType);
    const CSR = createCsr({ spiffeId: signingSpiffeId(trustDomain), key });
    const signed = await ask(bus, "ca.sign-intermediate", { Datacenter: bus.datacenter, CSR });
    const { publicKey, isCa, notAfterMs } = certificateFacts(signed.CertPEM);
    if (!isCa || !publicKey.equals(key.publicKey)) {
      throw new CaError({ code: "NOT_WHAT_WAS_ASKED", primary: bus.primaryDatacenter });
    }
    try {
      await intermediates.replace(held, { key, ...signed });
      log.info({ rootId: signed.RootID, because, notAfter: timestamp(notAfterMs) }, "intermediate got");
    } catch (error) {
      // Another replica was faster: its intermediate is everyone's.
      if (!(error instanceof BusError && error.failure.code === "CONFLICT")) throw error;
    }
  }

  async #tellReadiness(): Promise<void> {
    const { task } = this.#options;
    try {
      await this.issuer();
      task.done();
    } catch (error) {
      task.failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Begins as Consul does, whose clients know that text. */
  #whyNot(held: Intermediate | undefined): string {
    const { datacenter, primaryDatacenter } = this.#options.bus;
    const problem = this.#problem ?? `the primary datacenter ${primaryDatacenter} is being asked for it`;
    if (held === undefined) {
      return `CA is uninitialized and unable to sign certificates yet: the datacenter ${datacenter} has no intermediate certificate: ${problem}`;
    }
    return `the intermediate certificate of the datacenter ${datacenter} expired at ${timestamp(held.notAfterMs)}: ${problem}`;
  }
}
