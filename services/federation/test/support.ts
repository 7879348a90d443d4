import { ask, Bucket, type Bus, connectBus, Mirror } from "@causeway/bus";
import { BUCKETS, type RegisterRequest } from "@causeway/model";
import {
  type CuttableLink,
  freePort,
  type NatsServer,
  natsDatacenterConfig,
  type SpawnedProcess,
  spawnProcess,
  startCuttableLink,
  startNatsServer,
} from "@causeway/testkit";

const QUIET = { info: () => {}, warn: () => {} };
const CATALOG = new URL("../../catalog/src/main.ts", import.meta.url).pathname;
const FEDERATION = new URL("../src/main.ts", import.meta.url).pathname;

/** A datacenter that runs: its NATS server, its catalog and its federation service. */
export class Datacenter {
  readonly name: string;
  readonly nats: NatsServer;
  readonly bus: Bus;
  readonly service: SpawnedProcess;
  readonly states: Mirror<typeof BUCKETS.federation>;

  private constructor(name: string, nats: NatsServer, bus: Bus, service: SpawnedProcess, signal: AbortSignal) {
    this.name = name;
    this.nats = nats;
    this.bus = bus;
    this.service = service;
    this.states = Mirror.follow(bus, BUCKETS.federation, {}, signal);
  }

  static async start(name: string, nats: NatsServer, resources: AsyncDisposableStack): Promise<Datacenter> {
    const env = {
      CAUSEWAY_NATS_URL: nats.url,
      CAUSEWAY_DATACENTER: name,
      CAUSEWAY_PRIMARY_DATACENTER: "dc1",
      CAUSEWAY_LOG_FORMAT: "json",
    };
    const start = async (path: string) =>
      resources.use(
        await spawnProcess(process.execPath, [path], { env, readyWhen: (line) => line.includes('"ready"') }),
      );
    const bus = await connectBus({
      url: nats.url,
      name: "test",
      datacenter: name,
      primaryDatacenter: "dc1",
      log: QUIET,
    });
    resources.defer(() => bus.drain());
    // The catalog derives its rows once it has read the config entries, whose owner does not run here.
    await Bucket.open(bus, BUCKETS.configEntries);
    const stop = new AbortController();
    resources.defer(() => stop.abort());
    const [, service] = await Promise.all([start(CATALOG), start(FEDERATION)]);
    return new Datacenter(name, nats, bus, service, stop.signal);
  }

  /** Registers a mesh gateway, or moves the one there is. */
  async registerGateway(address: string, port = 443): Promise<void> {
    const wan = { Address: address, Port: port };
    const Service = { Kind: "mesh-gateway", Service: "mesh-gateway", Port: 8443, TaggedAddresses: { wan } } as const;
    const request: RegisterRequest = { Node: `gateway-${this.name}`, Address: "10.0.0.1", Service };
    await ask(this.bus, "catalog.register", request);
  }

  /** Where this datacenter's copy says that the gateways of `datacenter` are; undefined when it does not know that one. */
  gatewaysOf(datacenter: string): readonly (string | undefined)[] | undefined {
    const gateways = this.states.get("state", datacenter)?.value.MeshGateways;
    return gateways?.map(({ Service }) => Service.TaggedAddresses?.["wan"]?.Address);
  }

  /** What one of the service's admin pages answers. */
  async page(path: string): Promise<string> {
    const ready = this.service.lines.find(({ text }) => text.includes('"ready"'));
    const { adminPort } = JSON.parse(ready?.text ?? "{}") as { readonly adminPort?: number };
    return await (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text();
  }
}

/** Two datacenters, each with its own NATS server, over a link that can be cut; dc1 is the primary one. */
export async function startTwo() {
  await using resources = new AsyncDisposableStack();
  const link: CuttableLink = resources.use(await startCuttableLink());
  const leafPort = await freePort();
  const accepts = { port: leafPort, advertise: `127.0.0.1:${link.port}` };
  const joins = `nats-leaf://127.0.0.1:${link.port}`;
  const one = resources.use(await startNatsServer({ config: natsDatacenterConfig({ datacenter: "dc1", accepts }) }));
  const two = resources.use(await startNatsServer({ config: natsDatacenterConfig({ datacenter: "dc2", joins }) }));
  link.leadTo(leafPort);
  const [dc1, dc2] = await Promise.all([
    Datacenter.start("dc1", one, resources),
    Datacenter.start("dc2", two, resources),
  ]);
  return { link, dc1, dc2, resources: resources.move() };
}
