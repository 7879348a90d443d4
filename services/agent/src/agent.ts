import { busAddress, connectBus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { Running, ServiceContext } from "@causeway/runtime";
import { followAcl } from "./acl/follow-acl.ts";
import { guardedEndpoints } from "./acl/guarded-endpoints.ts";
import type { AgentConfig } from "./config.ts";
import type { AgentContext } from "./context.ts";
import { acrossDatacenters } from "./datacenters/across-datacenters.ts";
import { answerOthers } from "./datacenters/answer-others.ts";
import { KnownDatacenters } from "./datacenters/known-datacenters.ts";
import { createServer } from "./http/server.ts";
import { type LocalAgent, startLocalAgent } from "./local/local-agent.ts";
import { countRequests } from "./request-metrics.ts";
import { Source } from "./source.ts";
import { CaView } from "./views/ca-view.ts";
import { CatalogView } from "./views/catalog-view.ts";
import { ConfigView } from "./views/config-view.ts";
import { FederationView } from "./views/federation-view.ts";
import { IntentionsView } from "./views/intentions-view.ts";
import { KvView } from "./views/kv-view.ts";

/** Starts the agent: follows the buckets that it answers from, and serves the HTTP API. */
export async function startAgent(context: ServiceContext<AgentConfig>): Promise<Running> {
  const { config, log } = context;
  const agent = await connectAgent(context);
  const local = await startLocalAgent(agent);
  reloadOnHangUp(local, agent);
  const endpoints = guardedEndpoints({ ...agent, local });
  const closing = new AbortController();
  const server = createServer(acrossDatacenters(endpoints, { ...agent, closing: closing.signal }), {
    maxBodyBytes: config.httpMaxBodyBytes,
    log,
    answered: countRequests(agent),
  });
  const url = await server.listen({ host: config.httpAddress, port: config.httpPort });
  warnIfReachable(agent);
  const required = [agent.catalog, agent.configEntries, agent.intentions, agent.ca, ...aclOf(agent)];
  // Not before they can be answered: another agent of this datacenter may be ready.
  void Promise.all(required.map(({ whenCurrent }) => whenCurrent)).then(() => {
    if (!context.signal.aborted) answerOthers(agent, endpoints);
  });
  return {
    facts: { url, datacenter: agent.datacenter, node: config.nodeName },
    drain: async () => {
      closing.abort();
      local.close();
      for (const source of [...required, agent.federation, agent.kv]) source.close();
      await server.close();
    },
    stop: () => agent.bus.drain(),
  };
}

async function connectAgent(context: ServiceContext<AgentConfig>): Promise<AgentContext> {
  const { config, log, readiness, signal } = context;
  const { datacenter, nodeName } = config;
  const bus = await connectBus({ ...busAddress(config), name: `agent ${nodeName}`, log });
  const ready = (name: string) => readiness.task(name);
  const federation = Source.follow(bus, BUCKETS.federation, new FederationView(), undefined, signal);
  return {
    ...context,
    bus,
    datacenter,
    federation,
    datacenters: new KnownDatacenters({ bus, federation, log }),
    catalog: Source.follow(bus, BUCKETS.catalog, new CatalogView(), ready("catalog"), signal),
    configEntries: Source.follow(bus, BUCKETS.configEntries, new ConfigView(), ready("config-entries"), signal),
    intentions: Source.follow(bus, BUCKETS.intentions, new IntentionsView(), ready("intentions"), signal),
    ca: Source.follow(bus, BUCKETS.caRoots, new CaView(), ready("ca-roots"), signal),
    acl: followAcl(context, bus),
    kv: Source.follow(bus, BUCKETS.kv, new KvView(), NOT_WAITED_FOR, signal),
  };
}

/** As Consul does on SIGHUP; without this, it would end the process. */
function reloadOnHangUp(local: LocalAgent, { log, signal }: AgentContext): void {
  const reload = () => {
    local.reload().catch((error: Error) => {
      log.error({ reason: error.message }, "definition files not read: all stays as it is");
    });
  };
  process.on("SIGHUP", reload);
  signal.addEventListener("abort", () => process.off("SIGHUP", reload), { once: true });
}

/** An agent is of use without the key/value store; whoever asks for a key then is told so, and not that there is none. */
const NOT_WAITED_FOR = { done: () => {}, failed: () => {} };

const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** The source of ACLs, where they are enabled. */
function aclOf({ acl }: AgentContext) {
  return acl === undefined ? [] : [acl.source];
}

function warnIfReachable({ config: { httpAddress }, acl, log }: AgentContext): void {
  if (acl !== undefined || LOOPBACK.test(httpAddress)) return;
  log.warn({ httpAddress }, "the HTTP API asks for no credentials and can be reached from other machines");
}
