import type { Bus } from "@causeway/bus";
import { heartbeatSubject } from "@causeway/model";
import type { Clock } from "@causeway/runtime";

/** How often a datacenter says that it is there; the others count it as gone after four that stayed away. */
const INTERVAL_MS = 1_000;

/** Says once a second that this datacenter is there, until `signal` aborts. Any number of replicas may say so. */
export async function beat(
  { connection, datacenter, whenConnected }: Pick<Bus, "connection" | "datacenter" | "whenConnected">,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // The client would keep what is said while NATS is away, and say all of it at once later.
    const connected = await whenConnected().then(
      () => true,
      () => false,
    );
    if (connected && !signal.aborted) connection.publish(heartbeatSubject(datacenter));
    if (connected) await clock.sleep(INTERVAL_MS, signal).catch(() => {});
  }
}
