import type { Bus } from "@causeway/bus";
import { heartbeatSubject, pingSubject } from "@causeway/model";
import type { Clock } from "@causeway/runtime";

/** How often a datacenter says that it is there; the others count it as gone after four that stayed away. */
const INTERVAL_MS = 1_000;

type Voice = Pick<Bus, "connection" | "datacenter">;

/** Answers whoever asks whether this datacenter is there, until the bus is drained. */
export function answerPings({ connection, datacenter }: Voice): void {
  connection.subscribe(pingSubject(datacenter), {
    queue: "federation",
    callback: (error, message) => {
      if (error === null) message.respond(serverOf(connection));
    },
  });
}

/**
 * Says once a second that this datacenter is there, and through which NATS server it says so, until `signal` aborts. Any number of
 * replicas may.
 */
export async function beat(
  { connection, datacenter, whenConnected }: Voice & Pick<Bus, "whenConnected">,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // The client would keep what is said while NATS is away, and say all of it at once later.
    const connected = await whenConnected().then(
      () => true,
      () => false,
    );
    if (connected && !signal.aborted) connection.publish(heartbeatSubject(datacenter), serverOf(connection));
    if (connected) await clock.sleep(INTERVAL_MS, signal).catch(() => {});
  }
}

/** The ID of the NATS server that a connection leads to: a new one each time it starts. */
function serverOf(connection: Bus["connection"]): string {
  return connection.info?.server_id ?? "";
}
