import { join } from "node:path";
import { freePort, natsDatacenterConfig } from "@causeway/testkit";
import { ControlPlane } from "./control-plane.ts";
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
    const start = (datacenter: string, port: number, natsUrl: string) => {
      const own = { datacenter, primary, natsUrl, httpPort: port, folder: join(folder, datacenter), node, acl };
      return ControlPlane.start(supervisor, own, waitFor);
    };
    const accepts = leafPort === undefined ? {} : { accepts: { port: leafPort } };
    const nats = options.natsUrl ?? (await startNats(primary, accepts));
    const startOther = async (datacenter: string, at: number) =>
      start(
        datacenter,
        otherPorts[at] ?? 0,
        await startNats(datacenter, { joins: `nats-leaf://127.0.0.1:${leafPort}` }),
      );
    return await Promise.all([start(primary, httpPort, nats), ...others.map(startOther)]);
  });

  function startNats(datacenter: string, joined: Omit<Parameters<typeof natsDatacenterConfig>[0], "datacenter">) {
    return supervisor.startNats(`${datacenter}/nats`, natsDatacenterConfig({ datacenter, ...joined }));
  }
}
