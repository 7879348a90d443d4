import { AgentBeat, aliveSubject } from "@causeway/model";
import { checked, decode, encode } from "./codec.ts";
import type { Bus, BusLog } from "./connection.ts";

/** Says once that an agent of this bus's own datacenter is alive, to whichever catalogs listen; kept nowhere. */
export function sendBeat(bus: Pick<Bus, "connection" | "datacenter">, beat: AgentBeat): void {
  bus.connection.publish(aliveSubject(bus.datacenter), encode({ value: beat }));
}

/**
 * Calls `heard` for each beat of an agent of this bus's own datacenter until the bus is drained: every listener hears all. What cannot be
 * read is passed over, and told.
 */
export function hearBeats(
  bus: Pick<Bus, "connection" | "datacenter">,
  log: Pick<BusLog, "warn">,
  heard: (beat: AgentBeat) => void,
): void {
  bus.connection.subscribe(aliveSubject(bus.datacenter), {
    callback: (error, message) => {
      // The connection's log has told of it.
      if (error !== null) return;
      try {
        heard(checked<AgentBeat>(AgentBeat, decode(message.data).value, "beat of an agent"));
      } catch (problem) {
        log.warn({ reason: String(problem) }, "beat not read");
      }
    },
  });
}
