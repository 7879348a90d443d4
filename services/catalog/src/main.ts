import { ACL_FIELDS, BUCKET_FIELDS, busAddress, connectBus, followAclCheck } from "@causeway/bus";
import { Type } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { startCatalog } from "./service.ts";

const Config = Type.Object({
  ...ACL_FIELDS,
  ...BUCKET_FIELDS,
});

await runService({
  name: "catalog",
  config: Config,
  start: async ({ config, log, admin, clock, readiness, metrics, signal }) => {
    const bus = await connectBus({ ...busAddress(config), name: "catalog", log, metrics });
    const check = await followAclCheck({ bus, config, clock, readiness, signal });
    const state = await startCatalog({ bus, replicas: config.bucketReplicas, check, log, signal });
    admin.route("/debug/catalog", "what the catalog holds, and what it still has to derive", state);
    return { drain: () => bus.drain() };
  },
});
