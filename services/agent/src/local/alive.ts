import { ask, sendBeat } from "@causeway/bus";
import type { Timer } from "@causeway/runtime";
import type { AgentContext } from "../context.ts";
import type { OwnNode } from "./sync-plan.ts";

type Agent = Pick<AgentContext, "bus" | "clock" | "config" | "log">;

/** What says that an agent is alive. */
export type Beats = {
  /** Says so now, and from then on at every interval again. */
  readonly now: () => void;
  readonly end: () => void;
};

/**
 * Says that this agent is alive, at once and at every interval, until it is ended. What could not be sent, NATS being away, is not sent
 * later in a heap.
 */
export function beat({ bus, clock, config }: Agent, { ID }: OwnNode): Beats {
  const IntervalMs = config.beatIntervalMs;
  let ended = false;
  let timer: Timer | undefined;
  const now = () => {
    timer?.cancel();
    if (ended) return;
    timer = clock.setTimer(IntervalMs, now);
    bus.whenConnected(IntervalMs).then(
      () => {
        if (!ended && !bus.connection.isClosed()) sendBeat(bus, { ID, IntervalMs });
      },
      () => undefined,
    );
  };
  now();
  const end = () => {
    ended = true;
    timer?.cancel();
  };
  return { now, end };
}

/** A process that ends does not wait longer for its leave. */
const LEAVE_TIMEOUT_MS = 2_000;

/** Takes this agent's node out of the catalog, with all that is on it. Throws why it could not: the node will count as failed then. */
export async function leave({ bus, log }: Agent, { ID, Node, Address }: OwnNode): Promise<void> {
  await ask(bus, "catalog.leave", { ID, Node, Address }, { timeoutMs: LEAVE_TIMEOUT_MS });
  log.info({ node: Node }, "left the datacenter");
}
