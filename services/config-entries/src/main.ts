import { answer, Bucket, busAddress, connectBus, followAclCheck, isCopy, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config } from "./config.ts";
import { serially } from "./serially.ts";
import { configEntryVerbs } from "./verbs.ts";

await runService({
  name: "config-entries",
  config: Config,
  async start({ config, log, clock, readiness, metrics, signal }) {
    const bus = await connectBus({ ...busAddress(config), name: "config-entries", log, metrics });
    const bucket = await Bucket.open(bus, BUCKETS.configEntries, config.bucketReplicas);
    const mirror = Mirror.follow(bus, BUCKETS.configEntries, {}, signal);
    // Whoever writes asks the primary datacenter; what is left to do in the others, NATS does by itself.
    if (!isCopy(bus, BUCKETS.configEntries)) {
      const check = await followAclCheck({ bus, config, clock, readiness, signal });
      answer(bus, configEntryVerbs({ bus, bucket, mirror, inTurn: serially(), check, log }));
    }
    // Only then does the server know who answers.
    await bus.connection.flush();
    return { drain: () => bus.drain() };
  },
});
