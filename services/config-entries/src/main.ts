import { answer, Bucket, connectBus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config } from "./config.ts";
import { configEntryVerbs } from "./verbs.ts";

await runService({
  name: "config-entries",
  config: Config,
  async start({ config, log }) {
    const { natsUrl: url, natsCredentialsFile: credentialsFile, datacenter } = config;
    const bus = await connectBus({ url, name: "config-entries", datacenter, credentialsFile, log });
    const bucket = await Bucket.open(bus, BUCKETS.configEntries, config.bucketReplicas);
    answer(bus, configEntryVerbs({ bus, bucket, log }));
    return { drain: () => bus.drain() };
  },
});
