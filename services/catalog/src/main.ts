import { ACL_FIELDS, BUCKET_FIELDS, busAddress, connectBus, followAclCheck } from "@causeway/bus";
import { Type } from "@causeway/model";
import { runService } from "@causeway/runtime";
import { startCatalog } from "./service.ts";

const Config = Type.Object({
  ...ACL_FIELDS,
  ...BUCKET_FIELDS,
  agentGraceMs: Type.Integer({
    default: 30_000,
    minimum: 0,
    description:
      "How long after this service has started, or NATS was away, an agent may be silent before it counts as failed; and many at once always.",
  }),
  reconnectTimeoutMs: Type.Integer({
    default: 259_200_000,
    minimum: 1_000,
    description: "After this an agent that has failed is taken out of the catalog with its node and all that is on it.",
  }),
});

await runService({
  name: "catalog",
  config: Config,
  start: async ({ config, log, admin, clock, readiness, metrics, signal }) => {
    const bus = await connectBus({ ...busAddress(config), name: "catalog", log, metrics });
    const check = await followAclCheck({ bus, config, clock, readiness, signal });
    const { bucketReplicas: replicas, agentGraceMs: graceMs, reconnectTimeoutMs } = config;
    const agents = { graceMs, reconnectTimeoutMs };
    const state = await startCatalog({ bus, replicas, check, agents, clock, log, signal });
    admin.route("/debug/catalog", "what the catalog holds, and what it still has to derive", state);
    return { drain: () => bus.drain() };
  },
});
