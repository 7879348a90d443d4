import { type Bus, connectBus } from "@causeway/bus";
import { heartbeatSubject } from "@causeway/model";
import {
  type CuttableLink,
  freePort,
  natsDatacenterConfig,
  type SpawnedProcess,
  startCuttableLink,
  startNatsServer,
  temporaryDirectory,
} from "@causeway/testkit";
import { runCa } from "./support.ts";

/** One datacenter of the two, with a bus as its agents have one. */
export type Place = {
  readonly bus: Bus;
  /** Of its CA. */
  readonly dataDir: string;
  /** Runs a CA here, a replica of those that run already; it need not become ready. Ended by `await using`. */
  runCa(ready?: boolean): Promise<SpawnedProcess>;
};

/** Two datacenters, dc1 the primary one, joined by a link that can be cut. Ended by `await using`. */
export type TwoDatacenters = AsyncDisposable & {
  readonly link: CuttableLink;
  readonly dc1: Place;
  readonly dc2: Place;
  /** Cuts the link; resolves when dc2 has noticed. */
  cut(): Promise<void>;
};

const BEAT_MS = 200;

/** Starts two datacenters without a CA, and waits until they hear each other. */
export async function startTwoDatacenters(): Promise<TwoDatacenters> {
  await using resources = new AsyncDisposableStack();
  const link = resources.use(await startCuttableLink());
  const port = await freePort();
  const accepts = { port, advertise: `127.0.0.1:${link.port}` };
  const joins = `nats-leaf://127.0.0.1:${link.port}`;
  link.leadTo(port);
  const place = async (datacenter: string, config: string): Promise<Place> => {
    const nats = resources.use(await startNatsServer({ config }));
    const data = resources.use(await temporaryDirectory());
    const log = { info: () => {}, warn: () => {} };
    const bus = await connectBus({ url: nats.url, name: "test", datacenter, primaryDatacenter: "dc1", log });
    resources.defer(() => bus.drain());
    const beating = setInterval(() => bus.connection.publish(heartbeatSubject(datacenter)), BEAT_MS);
    resources.defer(() => clearInterval(beating));
    const env = { CAUSEWAY_DATACENTER: datacenter, CAUSEWAY_PRIMARY_DATACENTER: "dc1" };
    return {
      bus,
      dataDir: data.path,
      runCa: (ready = true) => runCa(nats, { dataDir: data.path, env }, ready),
    };
  };
  const dc1 = await place("dc1", natsDatacenterConfig({ datacenter: "dc1", accepts }));
  const dc2 = await place("dc2", natsDatacenterConfig({ datacenter: "dc2", joins }));
  const { signal } = new AbortController();
  await Promise.all([dc1.bus.paths.whenOpen("dc2", signal), dc2.bus.paths.whenOpen("dc1", signal)]);
  const cut = () => {
    link.cut("silent");
    return dc2.bus.paths.whenSilent("dc1", signal);
  };
  const owned = resources.move();
  return { link, dc1, dc2, cut, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
