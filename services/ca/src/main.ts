import { answer, Bucket, busAddress, connectBus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { runService } from "@causeway/runtime";
import type { Authority } from "./authority.ts";
import { Config, sealKeyPath } from "./config.ts";
import { configurationVerbs } from "./configure.ts";
import { CsrLimit } from "./csr-limit.ts";
import { setUp } from "./set-up.ts";
import { signLeafVerb } from "./sign-leaf.ts";
import { keepRoots } from "./upkeep.ts";

await runService({
  name: "ca",
  config: Config,
  async start({ config, log, clock, signal }) {
    const { datacenter, natsReplicas } = config;
    const path = sealKeyPath(config);
    const bus = await connectBus({ ...busAddress(config), name: "ca", log });
    const roots = await Bucket.open(bus, BUCKETS.caRoots, natsReplicas);
    const keyBucket = await Bucket.open(bus, BUCKETS.caKeys, natsReplicas);
    const keys = await setUp({ roots, keyBucket, sealKeyPath: path, clock, log });
    const authority: Authority = { roots, keys, limit: new CsrLimit(), clock, datacenter, log };
    answer(bus, { ...signLeafVerb(authority), ...configurationVerbs(authority) });
    void keepRoots(authority, signal);
    return { drain: () => bus.drain() };
  },
});
