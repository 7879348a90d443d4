import { randomUUID } from "node:crypto";
import { answer, Bucket, busAddress, connectBus, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config } from "./config.ts";
import { Gate } from "./gate.ts";
import { HeldKeys } from "./held-keys.ts";
import { SessionKeeper } from "./keep-sessions.ts";
import { finishEnding, sessionVerbs } from "./sessions.ts";
import type { Store } from "./store.ts";
import { transactionVerbs } from "./transact.ts";
import { writeVerbs } from "./writes.ts";

await runService({
  name: "kv",
  config: Config,
  async start({ config, log, clock, signal }) {
    const bus = await connectBus({ ...busAddress(config), name: "kv", log });
    const open = () => Bucket.open(bus, BUCKETS.kv, config.bucketReplicas);
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
    answer(bus, { ...writeVerbs(store), ...sessionVerbs(store), ...transactionVerbs(store) });
    // Only then does the server know who answers.
    await bus.connection.flush();
    const drain = () => {
      keeper.close();
      return bus.drain();
    };
    return { drain };
  },
});
