import { type CuttableLink, freePort, natsDatacenterConfig, startCuttableLink } from "@causeway/testkit";
import { ControlPlane, type Owner, type RunningAgent } from "./control-plane.ts";

const OWNERS: readonly Owner[] = ["ca", "catalog", "config-entries", "federation", "intentions"];

/** One datacenter with an agent. */
export type Datacenter = { readonly plane: ControlPlane; readonly agent: RunningAgent };

/** Two datacenters, joined by a link that can be cut; dc1 is the primary one. */
export type TwoDatacenters = AsyncDisposable & {
  readonly dc1: Datacenter;
  readonly dc2: Datacenter;
  readonly link: CuttableLink;
};

/** Resolves when both have an agent that is ready. */
export async function startTwoDatacenters(): Promise<TwoDatacenters> {
  await using resources = new AsyncDisposableStack();
  const link = resources.use(await startCuttableLink());
  const port = await freePort();
  const start = async (datacenter: string, joined: object): Promise<Datacenter> => {
    const config = natsDatacenterConfig({ datacenter, ...joined });
    const plane = resources.use(await ControlPlane.start(OWNERS, { datacenter, primaryDatacenter: "dc1", config }));
    return { plane, agent: await plane.startAgent(`${datacenter}-agent`) };
  };
  const dc1 = await start("dc1", { accepts: { port, advertise: `127.0.0.1:${link.port}` } });
  link.leadTo(port);
  const dc2 = await start("dc2", { joins: `nats-leaf://127.0.0.1:${link.port}` });
  const kept = resources.move();
  return { dc1, dc2, link, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
