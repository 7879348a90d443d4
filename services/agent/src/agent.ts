import { connectBus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { Running, ServiceContext } from "@causeway/runtime";
import type { AgentConfig } from "./config.ts";
import type { AgentContext } from "./context.ts";
import { endpointsOf } from "./endpoints/index.ts";
import { createServer } from "./http/server.ts";
import { Source } from "./source.ts";
import { CatalogView } from "./views/catalog-view.ts";

/** Starts the agent: follows the buckets that it answers from, and serves the HTTP API. */
export async function startAgent(context: ServiceContext<AgentConfig>): Promise<Running> {
  const { config, log, readiness, signal } = context;
  const { natsUrl, natsCredentialsFile, datacenter, nodeName } = config;
  const bus = await connectBus({
    url: natsUrl,
    name: `agent ${nodeName}`,
    datacenter,
    credentialsFile: natsCredentialsFile,
    log,
  });
  const agent: AgentContext = {
    ...context,
    bus,
    datacenter,
    catalog: Source.follow(bus, BUCKETS.catalog, new CatalogView(), readiness.task("catalog"), signal),
  };
  const server = createServer(endpointsOf(agent), { maxBodyBytes: config.httpMaxBodyBytes, log });
  const url = await server.listen({ host: config.httpAddress, port: config.httpPort });
  warnIfReachable(agent);
  return {
    facts: { url, datacenter, node: nodeName },
    drain: async () => {
      agent.catalog.close();
      await server.close();
    },
    stop: () => bus.drain(),
  };
}

const LOOPBACK = /^(127\.|::1$|localhost$)/;

function warnIfReachable({ config: { httpAddress }, log }: AgentContext): void {
  if (LOOPBACK.test(httpAddress)) return;
  log.warn({ httpAddress }, "the HTTP API asks for no credentials and can be reached from other machines");
}
