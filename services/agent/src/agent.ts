import { busAddress, connectBus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { Running, ServiceContext, StopReason } from "@causeway/runtime";
import { followAcl } from "./acl/follow-acl.ts";
import { guardedEndpoints } from "./acl/guarded-endpoints.ts";
import type { AgentConfig } from "./config.ts";
import type { AgentContext } from "./context.ts";
import { acrossDatacenters } from "./datacenters/across-datacenters.ts";
import { answerOthers } from "./datacenters/answer-others.ts";
import { KnownDatacenters } from "./datacenters/known-datacenters.ts";
import { bindsOf, isLocal } from "./http/bind.ts";
import { Listeners } from "./http/listeners.ts";
import { serveApi } from "./http/server.ts";
import { readTlsFiles } from "./http/tls-files.ts";
import { startLocalAgent } from "./local/local-agent.ts";
import { countRequests } from "./request-metrics.ts";
import { keepHeapSmall } from "./small-heap.ts";
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
  let listeners: Listeners | undefined;
  const reload = async () => {
    await listeners?.reload();
    await local.reload();
  };
  const endpoints = guardedEndpoints({ ...agent, local: { ...local, reload } });
  const closing = new AbortController();
  const serve = serveApi(acrossDatacenters(endpoints, { ...agent, closing: closing.signal }), {
    maxBodyBytes: config.httpMaxBodyBytes,
    log,
    answered: countRequests(agent),
  });
  listeners = await Listeners.open({
    binds: bindsOf(config),
    serve,
    readTls: () => readTlsFiles(config),
    socketMode: config.httpSocketMode,
  });
  reloadOnHangUp(reload, agent);
  const [url] = listeners.addresses;
  // Answers "No cluster leader" until the buckets have been read, which takes longer where everything has just been started.
  log.info({ url, addresses: listeners.addresses }, "listening");
  warnIfReachable(agent);
  const answering = context.readiness.task("answers to other datacenters");
  const required = [agent.catalog, agent.configEntries, agent.intentions, agent.ca, ...aclOf(agent)];
  // Not before they can be answered: another agent of this datacenter may be ready.
  void Promise.all(required.map(({ whenCurrent }) => whenCurrent)).then(async () => {
    // Reading the buckets fills the heap: until then it may grow as it likes.
    keepHeapSmall();
    if (context.signal.aborted) return;
    answerOthers(agent, endpoints);
    // Only then does the server know who answers; one that is away meanwhile is told when it is back.
    await agent.bus.connection.flush().catch(() => undefined);
    answering.done();
  });
  return {
    facts: { url, addresses: listeners.addresses, datacenter: agent.datacenter, node: config.nodeName },
    drain: async (reason) => {
      closing.abort();
      void local.close();
      for (const source of [...required, agent.federation, agent.kv]) source.close();
      if (leavesOn(reason, config)) {
        await local.leave().catch((error: Error) => log.warn({ reason: error.message }, NOT_LEFT));
      }
      await listeners.close();
    },
    stop: () => agent.bus.drain(),
  };
}

const NOT_LEFT = "not left: the node will count as failed";

/** Whether who ends the agent so wants its node to leave. @see https://developer.hashicorp.com/consul/docs/agent/config/config-files */
function leavesOn(reason: StopReason, { leaveOnTerminate, skipLeaveOnInterrupt }: AgentConfig): boolean {
  return (reason === "SIGTERM" && leaveOnTerminate) || (reason === "SIGINT" && !skipLeaveOnInterrupt);
}

async function connectAgent(context: ServiceContext<AgentConfig>): Promise<AgentContext> {
  const { config, log, readiness, metrics, signal } = context;
  const { datacenter, nodeName } = config;
  const bus = await connectBus({ ...busAddress(config), name: `agent ${nodeName}`, role: "agent", log, metrics });
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
    acl: await followAcl(context, bus),
    kv: Source.follow(bus, BUCKETS.kv, new KvView(), NOT_WAITED_FOR, signal),
  };
}

/** As Consul does on SIGHUP; without this, it would end the process. */
function reloadOnHangUp(readAgain: () => Promise<unknown>, { log, signal }: AgentContext): void {
  const reload = () => {
    readAgain().catch((error: Error) =>
      log.error({ reason: error.message }, "files not read: what they define stays as it is"),
    );
  };
  process.on("SIGHUP", reload);
  signal.addEventListener("abort", () => process.off("SIGHUP", reload), { once: true });
}

/** An agent is of use without the key/value store; whoever asks for a key then is told so, and not that there is none. */
const NOT_WAITED_FOR = { done: () => {}, failed: () => {} };

/** The source of ACLs, where they are enabled. */
function aclOf({ acl }: AgentContext) {
  return acl === undefined ? [] : [acl.source];
}

function warnIfReachable({ config, acl, log }: AgentContext): void {
  if (acl !== undefined) return;
  const open = bindsOf({ ...config, ...(config.tlsVerifyIncoming ? { httpsPort: -1 } : {}) });
  const addresses = open.flatMap((bind) => (bind.kind === "socket" || isLocal(bind.host) ? [] : [bind.host]));
  if (addresses.length === 0) return;
  log.warn({ addresses }, "the HTTP API asks for no credentials and can be reached from other machines");
}
