import { once } from "node:events";
import { connect } from "node:net";
import type { Instance } from "./facts.ts";

/** Longer than a packet and its answer take between datacenters. */
const TIMEOUT_MS = 1_000;

/** Whether something takes TCP connections at the address that an instance is registered with, seen from this host. */
export async function takesConnections({ Service, Node }: Instance): Promise<boolean> {
  const socket = connect({ host: Service.Address || Node.Address, port: Service.Port });
  socket.on("error", () => {});
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
