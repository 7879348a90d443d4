import { answer, ask, busAddress, connectBus, followAclCheck } from "@causeway/bus";
import { runService } from "@causeway/runtime";
import { checked } from "./checked.ts";
import { Config } from "./config.ts";
import { sessionVerbs } from "./sessions.ts";
import { startStore } from "./start-store.ts";
import { transactionVerbs } from "./transact.ts";
import { writeVerbs } from "./writes.ts";

/** Half of what an agent waits for a transaction, which asks the catalog twice. */
const CATALOG_TIMEOUT_MS = 2_000;

await runService({
  name: "kv",
  config: Config,
  async start({ config, log, clock, readiness, metrics, signal }) {
    const bus = await connectBus({ ...busAddress(config), name: "kv", log, metrics });
    const { store, keeper } = await startStore(bus, { clock, log, replicas: config.bucketReplicas, signal });
    const check = await followAclCheck({ bus, config, clock, readiness, signal });
    const transactions = transactionVerbs(store, (request) => {
      return ask(bus, "catalog.transact", request, { timeoutMs: CATALOG_TIMEOUT_MS });
    });
    answer(bus, checked({ ...writeVerbs(store), ...sessionVerbs(store), ...transactions }, store, check));
    // Only then does the server know who answers.
    await bus.connection.flush();
    const drain = () => {
      keeper.close();
      return bus.drain();
    };
    return { drain };
  },
});
