import { eventSubject, UserEvent } from "@causeway/model";
import { currentTraceparent } from "@causeway/runtime";
import { checked, decode, encode } from "./codec.ts";
import type { Bus, BusLog } from "./connection.ts";

/** Tells an event to all who listen in this bus's own datacenter, once; resolves when the server has it. */
export async function fireEvent(bus: Bus, event: UserEvent): Promise<void> {
  await bus.whenConnected();
  const traceparent = currentTraceparent();
  const envelope = { value: event, ...(traceparent === undefined ? {} : { traceparent }) };
  bus.connection.publish(eventSubject(bus.datacenter), encode(envelope));
  await bus.connection.flush();
}

/** Calls `heard` for each event of this bus's own datacenter until the bus is drained; what cannot be read is passed over, and told. */
export function hearEvents(bus: Bus, log: Pick<BusLog, "warn">, heard: (event: UserEvent) => void): void {
  bus.connection.subscribe(eventSubject(bus.datacenter), {
    callback: (error, message) => {
      // The connection's log has told of it.
      if (error !== null) return;
      try {
        heard(checked<UserEvent>(UserEvent, decode(message.data).value, "event"));
      } catch (problem) {
        log.warn({ reason: String(problem) }, "event not read");
      }
    },
  });
}
