import type { Change } from "@causeway/bus";
import type { LockDelay, SessionRecord } from "@causeway/model";
import { Deadlines } from "./deadlines.ts";
import { endSession, lifetimeMs, unhealthy } from "./sessions.ts";
import type { Store } from "./store.ts";

/** Before a session is tried to be ended once more, when NATS did not take it. */
const RETRY_MS = 1_000;

/**
 * Ends sessions whose TTL is over or whose node is not well, and lock delays whose time is over.
 *
 * Every replica counts for itself, from when it heard: nobody's clock need be right, and after a restart every session has its whole TTL.
 */
export class SessionKeeper {
  readonly #store: Store;
  readonly #deadlines: Deadlines;

  constructor(store: Store) {
    this.#store = store;
    this.#deadlines = new Deadlines(store.clock);
  }

  /** Takes in a change of the bucket `kv`. */
  apply({ kind, names: [name = ""], record }: Change<unknown>): void {
    if (kind === "session") this.#session(name, record?.value as SessionRecord | undefined);
    if (kind === "renewal") this.#session(name, this.#store.mirror.get("session", name)?.value);
    if (kind === "lock-delay") this.#delay(name, record?.value as LockDelay | undefined);
  }

  /** Takes in a change of a node or its checks. */
  nodeChanged(node: string): void {
    this.#endUnhealthy((session) => session.Node === node);
  }

  /** Ends what became invalid while nobody looked; does nothing until sessions and nodes have both been read. */
  checkAll(): void {
    this.#endUnhealthy(() => true);
  }

  close(): void {
    this.#deadlines.close();
  }

  #endUnhealthy(concerned: (session: SessionRecord) => boolean): void {
    const { mirror, nodes } = this.#store;
    if (!mirror.current || !nodes.current) return;
    for (const [, { value }] of mirror.entries()) {
      if ("TTL" in value && concerned(value) && unhealthy(this.#store, value) !== undefined) this.#end(value.ID);
    }
  }

  #session(id: string, session: SessionRecord | undefined): void {
    const name = `session ${id}`;
    const afterMs = session && lifetimeMs(session);
    if (afterMs === undefined) this.#deadlines.clear(name);
    else this.#deadlines.set(name, afterMs, () => this.#end(id));
  }

  #delay(key: string, delay: LockDelay | undefined): void {
    const name = `lock-delay ${key}`;
    if (delay === undefined) {
      this.#deadlines.clear(name);
      return;
    }
    this.#deadlines.set(name, delay.Ms, () => {
      const over = this.#store.bucket.change("lock-delay", [key], () => undefined);
      over.catch(() => this.#delay(key, { Ms: RETRY_MS }));
    });
  }

  #end(id: string): void {
    endSession(this.#store, id).catch((error: unknown) => {
      this.#store.log.warn({ session: id, reason: (error as Error).message }, "session not ended yet");
      this.#deadlines.set(`session ${id}`, RETRY_MS, () => this.#end(id));
    });
  }
}
