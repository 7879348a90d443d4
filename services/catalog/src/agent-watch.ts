import type { AgentBeat } from "@causeway/model";
import type { Clock, Logger } from "@causeway/runtime";
import { Liveness } from "./liveness.ts";
import type { Member, Members } from "./members.ts";
import type { Membership } from "./membership.ts";

/** Where beats come from. */
export type BeatSource = {
  /** Calls `heard` for each beat. */
  hear(heard: (beat: AgentBeat) => void): void;
  /** Calls `listener` whenever beats may have been lost on the way here. */
  onReconnect(listener: () => void): () => void;
  /** Resolves when all has been heard that had been sent before; rejects, or does not, while that cannot be known. */
  confirm(): Promise<void>;
};

/** What agents are watched with. */
export type AgentWatchOptions = {
  readonly beats: BeatSource;
  readonly members: Pick<Members, "all" | "gone" | "isAlive">;
  readonly membership: Pick<Membership, "failed" | "heard" | "reap">;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  /** How long an agent may be silent that could not be heard yet. */
  readonly graceMs: number;
  /** After this an agent that is gone is not expected back. */
  readonly reconnectTimeoutMs: number;
  readonly signal: AbortSignal;
};

/** How often silence is looked for. */
const LOOK_MS = 500;

/** Later than this by more, a look says that the process had been stopped or starved, and heard nothing meanwhile. */
const STALL_MS = 500;

/** Those that are not expected back are looked for less often. */
const REAP_EVERY_LOOKS = 20;

/**
 * Watches the agents of the datacenter until `signal` aborts: one that misses its beats has failed, and is alive again with the next one;
 * one that stays away for long is taken out of the catalog.
 *
 * Beats are kept in memory and cost no write. Every replica hears all and comes to the same, and writes only what does not hold yet.
 * What could be this process's own fault judges nobody: that it was stopped, or cut off from NATS.
 */
export function watchAgents(options: AgentWatchOptions): void {
  const { beats, clock, graceMs, members, membership, signal, log } = options;
  const liveness = new Liveness({ nowMs: clock.now(), graceMs });
  const noting = new Set<string>();
  beats.hear(({ ID, IntervalMs }) => {
    liveness.heard(ID, IntervalMs, clock.now());
    if (members.isAlive(ID) || noting.has(ID)) return;
    noting.add(ID);
    void told(log, () => membership.heard(ID)).finally(() => noting.delete(ID));
  });
  const forget = beats.onReconnect(() => liveness.listenAnew(clock.now()));
  signal.addEventListener("abort", forget, { once: true });
  void lookUntilEnded(options, liveness);
}

async function lookUntilEnded(options: AgentWatchOptions, liveness: Liveness): Promise<void> {
  const { clock, log, signal } = options;
  let lastMs = clock.now();
  for (let looks = 1; !signal.aborted; looks++) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    const lateMs = clock.now() - lastMs - LOOK_MS;
    if (Math.abs(lateMs) > STALL_MS) liveness.skip(lateMs);
    await told(log, () => look(options, liveness));
    if (looks % REAP_EVERY_LOOKS === 0) await told(log, () => reap(options));
    lastMs = clock.now();
  }
}

async function look({ beats, clock, log, members, membership }: AgentWatchOptions, liveness: Liveness): Promise<void> {
  const silent = () => {
    const alive = members.all().filter(({ status }) => status === "alive");
    const ids = new Set(liveness.silent(alive.map(idOf), clock.now()));
    return alive.filter((member) => ids.has(idOf(member)));
  };
  if (silent().length === 0) return;
  // What was sent in time may be waiting to be read.
  const askedMs = clock.now();
  await beats.confirm();
  if (clock.now() - askedMs > STALL_MS) return;
  for (const member of silent()) {
    const id = idOf(member);
    log.warn({ node: member.node.value.Node.Node }, "agent has failed: what is on its node counts as unreachable");
    await membership.failed(id, () => silent().some((other) => idOf(other) === id));
  }
}

function idOf({ node }: Member): string {
  return node.value.Node.ID;
}

async function reap({ clock, log, members, membership, reconnectTimeoutMs }: AgentWatchOptions): Promise<void> {
  for (const agent of members.gone()) {
    if (clock.now() - agent.SinceMs < reconnectTimeoutMs) continue;
    const { Node: node, Status: status } = agent;
    log.info({ node, status }, "agent has been gone for too long: nothing is kept of it");
    await membership.reap(agent);
  }
}

/** What does not succeed now is tried again with the next look. */
async function told(log: Pick<Logger, "warn">, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, "agents not watched for a moment");
  }
}
