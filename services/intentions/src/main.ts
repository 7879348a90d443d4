import { randomUUID } from "node:crypto";
import { answer, Bucket, busAddress, connectBus, followAclCheck, isCopy, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config } from "./config.ts";
import { entryVerbs } from "./entry-verbs.ts";
import { legacyVerbs } from "./legacy-verbs.ts";
import { keepMovesFinished } from "./move.ts";
import { publishDefaultPolicy, queryVerbs } from "./query-verbs.ts";
import type { Store } from "./store.ts";

await runService({
  name: "intentions",
  config: Config,
  async start({ config, log, clock, readiness, metrics, signal }) {
    const bus = await connectBus({ ...busAddress(config), name: "intentions", log, metrics });
    const bucket = await Bucket.open(bus, BUCKETS.intentions, config.bucketReplicas);
    const primary = !isCopy(bus, BUCKETS.intentions);
    if (primary) await publishDefaultPolicy({ bucket }, config.defaultPolicy);
    const mirror = Mirror.follow(bus, BUCKETS.intentions, { kind: "destination" }, signal);
    const store: Store = { bucket, mirror, now: clock.now, newId: randomUUID };
    await mirror.catchUp();
    answer(bus, queryVerbs(store));
    if (primary) {
      const check = await followAclCheck({ bus, config, clock, readiness, signal });
      answer(bus, { ...legacyVerbs(store, check), ...entryVerbs(store, check) });
      void keepMovesFinished(store, { clock, signal, log });
    }
    // Only then does the server know who answers.
    await bus.connection.flush();
    return { drain: () => bus.drain() };
  },
});
