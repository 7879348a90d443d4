import { Bucket, busAddress, connectBus, followAclCheck, isCopy } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { Config, sealKeyPath } from "./config.ts";
import { startPrimary } from "./primary.ts";
import { startSecondary } from "./secondary.ts";

await runService({
  name: "ca",
  config: Config,
  async start({ config, log, clock, readiness, metrics, signal }) {
    const { bucketReplicas } = config;
    const path = sealKeyPath(config);
    const bus = await connectBus({ ...busAddress(config), name: "ca", log, metrics });
    const roots = await Bucket.open(bus, BUCKETS.caRoots, bucketReplicas);
    const keyBucket = await Bucket.open(bus, BUCKETS.caKeys, bucketReplicas);
    const draining = new AbortController();
    const working = AbortSignal.any([signal, draining.signal]);
    const check = await followAclCheck({ bus, config, clock, readiness, signal });
    const parts = { bus, roots, keyBucket, sealKeyPath: path, check };
    const from = { ...parts, caConfig: config.caConfig, clock, log, readiness, metrics, signal: working };
    await (isCopy(bus, BUCKETS.caRoots) ? startSecondary(from) : startPrimary(from));
    // Only then does the server know who answers.
    await bus.connection.flush();
    const drain = () => {
      draining.abort();
      return bus.drain();
    };
    return { drain };
  },
});
