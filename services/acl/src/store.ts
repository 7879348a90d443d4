import { setTimeout as sleep } from "node:timers/promises";
import { type Bucket, BusError, type Mirror, Refusal } from "@causeway/bus";
import type { AclBootstrapped, AclPolicy, AclRole, AclToken, BUCKETS } from "@causeway/model";
import type { AclDirectory } from "@causeway/policy";
import { backoff, type Clock } from "@causeway/runtime";

/** One record to be written, or with undefined to be taken away. */
export type Write =
  | { readonly kind: "policy"; readonly id: string; readonly value: AclPolicy | undefined }
  | { readonly kind: "role"; readonly id: string; readonly value: AclRole | undefined }
  | { readonly kind: "token"; readonly id: string; readonly value: AclToken | undefined }
  | { readonly kind: "bootstrap"; readonly value: AclBootstrapped };

/** What the store works with. */
export type StoreParts = {
  readonly bucket: Pick<Bucket<typeof BUCKETS.acl>, "writeAfter">;
  readonly mirror: Pick<Mirror<typeof BUCKETS.acl>, "catchUp" | "reach" | "revision">;
  /** What the mirror shows. */
  readonly directory: AclDirectory;
  readonly clock: Clock;
  /** UUIDs that nobody can guess. */
  readonly newId: () => string;
};

/** A writer that has lost so often in a row is not racing but broken. */
const MAX_ATTEMPTS = 50;

/** The ACL state as its owner changes it: what is decided from all of it, names that must be unique say, is written by all of it. */
export class Store {
  readonly directory: AclDirectory;
  readonly newId: () => string;
  readonly #parts: StoreParts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.directory = parts.directory;
    this.newId = parts.newId;
  }

  /** Milliseconds since 1970. */
  get nowMs(): number {
    return this.#parts.clock.now();
  }

  /** The time as records have it. @see RFC 3339 */
  get now(): string {
    return new Date(this.nowMs).toISOString();
  }

  /**
   * Decides on the newest state and writes what was decided, or decides again when another replica was faster. `decide` gives undefined
   * to leave all as it is; what it throws is passed on. Gives the revision that shows the outcome, once the directory does.
   */
  change(decide: () => Write | undefined): Promise<number> {
    const turn = this.#turn.then(() => this.#change(decide));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** As `change`, for whoever shows a token that may write ACLs. Throws Consul's refusal of every other one. */
  changeBy(secret: string, decide: (asker: AclToken) => Write | undefined): Promise<number> {
    return this.change(() => {
      const asker = this.directory.resolve(secret, this.nowMs);
      if (asker === undefined) throw new Refusal(403, "ACL not found");
      if (!asker.authorizer.may("acl:write")) throw new Refusal(403, "Permission denied");
      return decide(asker.token);
    });
  }

  async #change(decide: () => Write | undefined): Promise<number> {
    const { bucket, mirror } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      await mirror.catchUp();
      const { revision } = mirror;
      const write = decide();
      if (write === undefined) return revision;
      try {
        const names = write.kind === "bootstrap" ? [] : [write.id];
        const written = await bucket.writeAfter(revision, write.kind, names, write.value);
        await mirror.reach(written);
        return written;
      } catch (error) {
        const lost = error instanceof BusError && error.failure.code === "CONFLICT";
        if (!lost || attempt === MAX_ATTEMPTS) throw error;
      }
      await sleep(backoff(attempt, { baseMs: 2, maxMs: 100 }));
    }
  }
}
