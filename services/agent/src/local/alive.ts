import { ask, sendBeat } from "@causeway/bus";
import type { Timer } from "@causeway/runtime";
import type { AgentContext } from "../context.ts";
import type { OwnNode } from "./sync-plan.ts";

type Agent = Pick<AgentContext, "bus" | "clock" | "config" | "log">;

/**
 * Says that this agent is alive, at once and at every interval, until the function that comes back is called. What could not be sent, NATS
 * being away, is not sent later in a heap.
 */
export function beat({ bus, clock, config }: Agent, { ID }: OwnNode): () => void {
  const IntervalMs = config.beatIntervalMs;
  let ended = false;
  let timer: Timer;
  const say = () => {
    timer = clock.setTimer(IntervalMs, say);
    bus.whenConnected(IntervalMs).then(
      () => {
        if (!ended && !bus.connection.isClosed()) sendBeat(bus, { ID, IntervalMs });
      },
      () => undefined,
    );
  };
  say();
  return () => {
    ended = true;
    timer.cancel();
  };
}

/** A process that ends does not wait longer for its leave. */
const LEAVE_TIMEOUT_MS = 2_000;

/** Takes this agent's node out of the catalog, with all that is on it; when that fails, the log says so, and it will count as failed. */
export async function leave({ bus, log }: Agent, { ID, Node, Address }: OwnNode): Promise<void> {
  try {
    await ask(bus, "catalog.leave", { ID, Node, Address }, { timeoutMs: LEAVE_TIMEOUT_MS });
    log.info({ node: Node }, "left the datacenter");
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, "not left: will count as failed");
  }
}
