import { BusError } from "@causeway/bus";
import { backoff } from "@causeway/runtime";
import type { Store } from "./store.ts";

/** A turn that is there for longer was left behind by a replica that was killed: no transaction takes so long. */
const ABANDONED_MS = 5_000;

/** Pauses while another replica has its turn: a transaction takes some milliseconds. */
const PAUSE = { baseMs: 2, maxMs: 50 };

/**
 * Does `work` while no other replica does such work: what that reads is never what another has half written and may put back.
 *
 * The record `turn` is there meanwhile. One that a killed replica has left is taken over after five seconds, by the clock of who waits.
 */
export async function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const revision = await take(store);
  try {
    return await work();
  } finally {
    await end(store, revision);
  }
}

async function take({ bucket, clock }: Store): Promise<number> {
  let seen = { revision: 0, sinceMs: 0 };
  for (let attempt = 1; ; attempt++) {
    const revision = (await bucket.get("turn"))?.revision ?? 0;
    if (revision !== seen.revision) seen = { revision, sinceMs: clock.now() };
    const free = revision === 0 || clock.now() - seen.sinceMs > ABANDONED_MS;
    const taken = { At: Math.floor(clock.now()) };
    const taking = () =>
      revision === 0 ? bucket.create("turn", [], taken) : bucket.update("turn", [], taken, revision);
    const mine = free ? await unlessLost(taking) : undefined;
    if (mine !== undefined) return mine;
    await clock.sleep(backoff(attempt, PAUSE));
  }
}

/** What has been done stays done: a turn that cannot be ended is one that is left behind. */
async function end({ bucket, log }: Store, revision: number): Promise<void> {
  try {
    await unlessLost(() => bucket.remove("turn", [], revision));
  } catch (error) {
    log.warn({ reason: (error as Error).message }, "turn not ended: other transactions wait for five seconds");
  }
}

/** Undefined when another replica was faster. */
async function unlessLost(write: () => Promise<number>): Promise<number | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof BusError && error.failure.code === "CONFLICT") return undefined;
    throw error;
  }
}
