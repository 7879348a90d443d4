import { randomUUID } from "node:crypto";
import { Bucket, type Bus, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { Clock } from "@causeway/runtime";
import { Gate } from "./gate.ts";
import { HeldKeys } from "./held-keys.ts";
import { SessionKeeper } from "./keep-sessions.ts";
import { finishEnding } from "./sessions.ts";
import type { Store } from "./store.ts";

/** What opening the store takes. */
export type StoreOptions = Pick<Store, "log"> & {
  readonly clock: Clock;
  /** Copies that NATS keeps of the bucket. */
  readonly replicas: number;
  /** Ends what follows the buckets. */
  readonly signal: AbortSignal;
};

/**
 * Opens the bucket, follows it and the nodes that sessions are on, and ends what a crash left half ended; the keeper that comes back must
 * be closed.
 */
export async function startStore(
  bus: Bus,
  { clock, log, replicas, signal }: StoreOptions,
): Promise<{ readonly store: Store; readonly keeper: SessionKeeper }> {
  const open = () => Bucket.open(bus, BUCKETS.kv, replicas);
  const bucket = await open();
  // A server that came back without what it kept has no bucket any more.
  bus.onReconnect(() => void open().catch((error: unknown) => log.warn({ error }, "bucket not opened anew")));
  const held = new HeldKeys();
  const mirror = Mirror.follow(bus, BUCKETS.kv, {}, signal, {
    changed: (change) => {
      held.apply(change);
      keeper.apply(change);
    },
    current: () => keeper.checkAll(),
  });
  const nodes = Mirror.follow(bus, BUCKETS.catalog, { kind: "node" }, signal, {
    changed: ({ names: [node = ""] }) => keeper.nodeChanged(node),
    current: () => keeper.checkAll(),
  });
  const store: Store = { bucket, mirror, nodes, held, gate: new Gate(), clock, newId: randomUUID, log };
  const keeper = new SessionKeeper(store);
  await finishEnding(store);
  return { store, keeper };
}
