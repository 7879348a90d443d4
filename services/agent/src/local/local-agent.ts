import { join } from "node:path";
import type { Clock } from "@causeway/runtime";
import type { AgentContext } from "../context.ts";
import { beat, leave } from "./alive.ts";
import { AntiEntropy } from "./anti-entropy.ts";
import { CheckRunner } from "./checks/runner.ts";
import { loadDefinitionFiles } from "./definition-files.ts";
import { EffectiveServices } from "./effective-services.ts";
import { LeafCache } from "./leaf-cache.ts";
import { LocalState } from "./local-state.ts";
import { otherNodes } from "./other-nodes.ts";
import { ownNode } from "./own-node.ts";
import { Persistence } from "./persistence.ts";
import { type Scripts, scriptsFromAfar, scriptsFromFiles } from "./scripts.ts";
import type { OwnNode } from "./sync-plan.ts";

/** What is local to this agent: its node, what is registered with it, the checks of that, and its clients' leaves. */
export type LocalAgent = {
  readonly node: OwnNode;
  readonly state: LocalState;
  readonly services: EffectiveServices;
  /** Whether those who register checks over HTTP may let programs be run. */
  readonly scripts: Scripts;
  readonly checks: CheckRunner;
  readonly leaves: LeafCache;
  /** Reads the definition files again. Throws a DefinitionError, having changed nothing, when one of them cannot be used. */
  readonly reload: () => Promise<void>;
  /** Resolves when every registration so far would survive the agent's death, and is in the catalog unless that cannot be told of it now. */
  readonly settled: () => Promise<void>;
  /** Aborts when `close` is called. */
  readonly closing: AbortSignal;
  /** Ends checks, syncs and renewals, and resolves when the last is over; what is registered stays registered. */
  readonly close: () => Promise<void>;
  /** Closes, and takes this node out of the catalog with all that is on it. Throws what the catalog says against that. */
  readonly leave: () => Promise<void>;
};

/** How often services that have been critical for too long are looked for. */
const REAP_MS = 30_000;

/** What is registered is in the catalog when that is answered, as in Consul; a catalog that is slow holds up nobody for longer. */
const SYNC_MS = 2_000;

/** Registers again what was registered before, and begins to check it and to keep the catalog in agreement. */
export async function startLocalAgent(agent: AgentContext): Promise<LocalAgent> {
  const { config, clock, log, readiness, signal } = agent;
  const node = await ownNode(config);
  const state = new LocalState();
  const scripts = { fromAfar: scriptsFromAfar(config), fromFiles: scriptsFromFiles(config) };
  const paths = [...(config.configDir ?? []), ...(config.configFile ?? [])];
  const reload = async () => {
    const loaded = await loadDefinitionFiles({ paths, state, node: node.Node, scripts: scripts.fromFiles });
    if (paths.length > 0) log.info({ paths, ...loaded }, "definition files read");
  };
  // What files say counts before what was registered under the same ID, and is not written over what was kept of that.
  await reload();
  const persistence =
    config.dataDir === undefined ? undefined : new Persistence(join(config.dataDir, "local.json"), state, clock);
  await persistence?.load();
  dropPrograms(state, scripts.fromAfar, log);
  const checks = new CheckRunner({ state, clock, log, otherNodes: otherNodes(agent.catalog) });
  const leaves = new LeafCache(agent);
  const services = new EffectiveServices(state, agent.configEntries);
  const beats = beat(agent, node);
  signal.addEventListener("abort", beats.end, { once: true });
  const sync = new AntiEntropy({
    ...agent,
    node,
    state,
    services,
    // The catalog only judges an agent that it has heard since it knows it.
    joined: beats.now,
    ready: readiness.task("sync with the catalog"),
    checkUpdateIntervalMs: config.checkUpdateIntervalMs,
  });
  const closing = new AbortController();
  const close = async () => {
    closing.abort();
    checks.close();
    leaves.close();
    await sync.close();
  };
  void reap(checks, state, agent, signal);
  return {
    node,
    state,
    services,
    scripts: scripts.fromAfar,
    checks,
    leaves,
    reload,
    settled: async () => {
      await Promise.all([persistence?.flushed(), within(SYNC_MS, sync.synced(), clock)]);
    },
    closing: closing.signal,
    close,
    leave: async () => {
      beats.end();
      // Else what is registered here would be told to the catalog again.
      await close();
      await leave(agent, node);
    },
  };
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = clock.setTimer(ms, over.resolve);
  await Promise.race([work, over.promise]);
  timer.cancel();
}

/** What was registered when programs might be run does not run any when they may not. */
function dropPrograms(state: LocalState, scripts: Scripts, log: AgentContext["log"]): void {
  if (scripts.allowed) return;
  for (const [id, { method }] of [...state.checks]) {
    if (method.kind !== "script" || state.fromFiles.checks.has(id)) continue;
    state.deregisterCheck(id);
    log.warn({ check: id, reason: scripts.refusal }, "check taken away");
  }
}

async function reap(
  checks: CheckRunner,
  state: LocalState,
  { clock, log }: AgentContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(REAP_MS, signal).catch(() => undefined);
    const overdue = signal.aborted ? [] : checks.overdue();
    for (const service of overdue) log.warn({ service }, "deregistered: critical for longer than it may be");
    state.deregister(overdue);
  }
}
