import { randomUUID } from "node:crypto";
import { answer, Bucket, busAddress, connectBus, isCopy, Mirror } from "@causeway/bus";
import { type AclToken, BUCKETS } from "@causeway/model";
import { AclDirectory } from "@causeway/policy";
import { runService } from "@causeway/runtime";
import { bootstrapVerbs, ensureBuiltIn } from "./bootstrap.ts";
import { Config } from "./config.ts";
import { Expiration } from "./expiration.ts";
import { policyVerbs } from "./policies.ts";
import { roleVerbs } from "./roles.ts";
import { Store } from "./store.ts";
import { tokenVerbs } from "./tokens.ts";

await runService({
  name: "acl",
  config: Config,
  async start({ config, log, clock, metrics, signal }) {
    const bus = await connectBus({ ...busAddress(config), name: "acl", log, metrics });
    const bucket = await Bucket.open(bus, BUCKETS.acl, config.bucketReplicas);
    // Elsewhere than in the primary datacenter there is a copy to be kept, and nothing to be decided.
    if (isCopy(bus, BUCKETS.acl)) return { drain: () => bus.drain() };
    const directory = new AclDirectory({ datacenter: config.datacenter, defaultPolicy: "deny" });
    const mirror = Mirror.follow(bus, BUCKETS.acl, {}, signal, {
      changed: (change) => {
        directory.apply(change);
        if (change.kind === "token" && change.record !== undefined) expiration.note(change.record.value as AclToken);
      },
    });
    const store = new Store({ bucket, mirror, directory, clock, newId: randomUUID });
    const expiration = new Expiration(store, { clock, log });
    await ensureBuiltIn(store, config.aclInitialManagementToken);
    answer(bus, {
      ...bootstrapVerbs(store, config.dataDir),
      ...policyVerbs(store),
      ...roleVerbs(store),
      ...tokenVerbs(store),
    });
    // Only then does the server know who answers.
    await bus.connection.flush();
    return {
      drain: () => {
        expiration.close();
        return bus.drain();
      },
    };
  },
});
