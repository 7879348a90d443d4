import { join } from "node:path";
import { freePort } from "@causeway/testkit";
import type { BusAccess } from "./bus-access.ts";
import { ControlPlane } from "./control-plane.ts";
import { makeLocalBus, startLocalBus } from "./local-bus.ts";
import type { DevOptions } from "./options.ts";
import { agentPorts } from "./port.ts";
import { sayingProgress } from "./progress.ts";
import type { Supervisor } from "./supervisor.ts";

/** Control planes of several datacenters, the primary one first. */
export type ControlPlanes = readonly [ControlPlane, ...ControlPlane[]];

/**
 * Starts a NATS server and a control plane for each datacenter, all side by side; resolves when all are ready. The secondary datacenters'
 * servers join the primary one's. Ended with the supervisor.
 */
export async function startDatacenters(
  supervisor: Supervisor,
  options: DevOptions,
  say: (line: string) => void,
): Promise<ControlPlanes> {
  const { datacenters, folder, node, acl } = options;
  const [primary, ...others] = datacenters;
  const [httpPort = 0, ...otherPorts] = await agentPorts(options.httpPort, datacenters.length);
  return await sayingProgress(say, async (waitFor) => {
    const leafPort = others.length === 0 ? undefined : await freePort();
    const busFolder = join(folder, "bus");
    if (options.bus === undefined) await makeLocalBus({ datacenters, folder: busFolder, leafPort });
    const natsOf = (datacenter: string) => startLocalBus(supervisor, `${datacenter}/nats`, busFolder, datacenter);
    const start = (datacenter: string, port: number, bus: BusAccess) => {
      const own = { datacenter, primary, bus, httpPort: port, folder: join(folder, datacenter), node, acl };
      return ControlPlane.start(supervisor, own, waitFor);
    };
    // The others' servers join at once then, and not at their second attempt.
    const bus = options.bus ?? (await natsOf(primary));
    const startOther = async (datacenter: string, at: number) =>
      start(datacenter, otherPorts[at] ?? 0, await natsOf(datacenter));
    return await Promise.all([start(primary, httpPort, bus), ...others.map(startOther)]);
  });
}
