import { answer, Bucket, connectBus, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config } from "./config.ts";
import { serially } from "./serially.ts";
import { configEntryVerbs } from "./verbs.ts";

await runService({
  name: "config-entries",
  config: Config,
  async start({ config, log, signal }) {
    const { natsUrl: url, natsCredentialsFile: credentialsFile, datacenter } = config;
    const bus = await connectBus({ url, name: "config-entries", datacenter, credentialsFile, log });
    const bucket = await Bucket.open(bus, BUCKETS.configEntries, config.bucketReplicas);
    const mirror = Mirror.follow(bus, BUCKETS.configEntries, {}, signal);
    answer(bus, configEntryVerbs({ bus, bucket, mirror, inTurn: serially(), log }));
    // Only then does the server know who answers.
    await bus.connection.flush();
    return { drain: () => bus.drain() };
  },
});
