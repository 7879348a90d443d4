import { type InstanceRecord, keyOf, type Static, Type } from "@causeway/model";
import { startProxy } from "@causeway/proxy";
import { type CommonConfig, type Running, runService, type ServiceContext } from "@causeway/runtime";
import { Advertisement } from "./advertisement.ts";
import { AGENT_FIELDS } from "./agent-access.ts";
import { answerPages } from "./answer-pages.ts";
import { putToAgent } from "./ask-agent.ts";
import { BusLink } from "./bus-link.ts";
import { addDebugPages } from "./debug-pages.ts";
import { noDisk, openDisk } from "./disk.ts";
import { Gateway } from "./gateway.ts";
import { Knowledge } from "./knowledge.ts";
import { observeLeaves } from "./leaf-metrics.ts";
import type { Plan } from "./plan.ts";
import { ProxyConfig } from "./proxy-config.ts";
import { countConnections } from "./proxy-metrics.ts";
import type { Registration } from "./registration.ts";
import { observeTable } from "./table-metrics.ts";
import { registrationOf as watchOf } from "./watches.ts";

/** All that a proxy's main has to say. */
export type GatewayDefinition<I, P> = {
  /** What kind of proxy it is, as the catalog calls it. */
  readonly name: string;
  /** How the table is made for the proxy of this registration. */
  readonly plan: (registration: Registration) => Plan<I, P>;
};

/** All that a proxy can be told besides what every service can. */
export const GatewayConfig = Type.Object({ ...ProxyConfig.properties, ...AGENT_FIELDS });

type Config = Static<typeof GatewayConfig> & CommonConfig;

/** How long the agent may take to answer one request. */
const AGENT_WITHIN_MS = 4_000;

/** When NATS has not been reached by then, a gateway starts from what it has on disk. */
const REACH_WITHIN_MS = 1_000;

/** When NATS has been reached, but has not told all by then, it does so too; with thousands of links reading takes some seconds. */
const READ_WITHIN_MS = 10_000;

/**
 * Runs a proxy for as long as its process lives: follows the state that its plan reads, and carries connections by the table that the
 * plan makes of it. It goes on without NATS, and starts without it from what it last knew.
 */
export function runGateway<I, P>({ name, plan }: GatewayDefinition<I, P>): Promise<never> {
  return runService({
    name,
    config: GatewayConfig,
    resource: ({ service, proxyId = service }) => ({
      "service.name": service,
      "service.instance.id": proxyId,
      "causeway.kind": name,
    }),
    start: (context) => start(name, plan(registrationOf(context.config)), context),
  });
}

function registrationOf({ service, proxyId = service, nodeName, node = nodeName, datacenter }: Config): Registration {
  return { service, node, id: proxyId, datacenter };
}

async function start<I, P>(
  kind: string,
  plan: Plan<I, P>,
  context: ServiceContext<Static<typeof GatewayConfig>>,
): Promise<Running> {
  const { config, log, clock, readiness, metrics, admin, signal } = context;
  const { datacenter, dataDir, sealKeyFile, drainTimeoutMs } = config;
  const tables = { table: readiness.task("table"), listeners: readiness.task("listeners") };
  const owner = keyOf(config.service, config.proxyId ?? config.service);
  const disk = dataDir === undefined ? noDisk : await openDisk({ dataDir, owner, sealKeyFile, datacenter, clock, log });

  const name = `${kind} ${config.proxyId ?? config.service}`;
  const link = new BusLink({ config, name, role: kind, clock, log, metrics });
  const token = config.aclToken === undefined ? {} : { Token: config.aclToken };
  const sign = (csr: string) => link.ask("ca.sign-leaf", { CSR: csr, ...token });
  const knowledge = new Knowledge(
    { datacenter, clock, random: Math.random, sign, disk, log },
    {
      changed: (key, traceparent) => {
        gateway.changed(key, traceparent);
        advertisement?.changed();
      },
      identitiesChanged: () => proxy.recheck(),
    },
  );
  const advertisement = advertisementOf(context, knowledge);
  const proxy = startProxy({
    identities: knowledge,
    log,
    clock,
    metrics: countConnections(metrics),
    engine: config.engine,
    workers: config.workers,
    sharePorts: config.sharePorts,
    watchHttp: config.watchHttp,
  });
  const started = () => knowledge.tidy();
  const applied = observeTable(metrics, clock);
  const gateway = new Gateway({ kind, plan, knowledge, proxy, clock, log, readiness: tables, started, applied });
  addDebugPages(admin, { proxy, knowledge, gateway });
  observeLeaves(metrics, knowledge, clock);

  gateway.schedule();
  link.open(signal, (bus) => {
    knowledge.connect(bus);
    answerPages(bus, admin, registrationOf(config));
  });
  const startFromDisk = () => {
    if (gateway.table !== undefined || disk.restored.state.size === 0) return;
    log.warn({ natsReached: link.reached }, "starting from what was kept on disk");
    knowledge.useRestored();
    gateway.startWithoutTheRest();
  };
  clock.setTimer(REACH_WITHIN_MS, () => {
    if (!link.reached) startFromDisk();
  });
  clock.setTimer(READ_WITHIN_MS, startFromDisk);
  if (advertisement !== undefined) void readiness.whenReady().then(() => advertisement.renew(signal));
  return {
    drain: async () => void (await proxy.drain(drainTimeoutMs, () => advertisement?.withdraw())),
    stop: async () => {
      await gateway.stop();
      await knowledge.stop();
      await proxy.close();
      await link.close();
    },
  };
}

/** How the proxy leaves; undefined where it is not to, or nobody has said which agent knows it. */
function advertisementOf(
  { config, clock, log }: ServiceContext<Static<typeof GatewayConfig>>,
  knowledge: Knowledge,
): Advertisement | undefined {
  const { agentUrl, drainSpreadMs: spreadMs } = config;
  if (agentUrl === undefined || spreadMs === 0) return undefined;
  const { service, node, id } = registrationOf(config);
  const own = watchOf(service, node, id);
  return new Advertisement({
    id,
    put: (path, body) => putToAgent(agentUrl, config, path, { body, timeoutMs: AGENT_WITHIN_MS }),
    registered: () => knowledge.state(own).records.values().next().value as InstanceRecord | undefined,
    spreadMs,
    clock,
    log,
  });
}
