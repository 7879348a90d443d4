import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ask, Bucket, type Bus, connectBus, Mirror } from "@causeway/bus";
import { BUCKETS, type RegisterRequest } from "@causeway/model";
import {
  type CuttableLink,
  freePort,
  type NatsDatacenter,
  type NatsServer,
  natsDatacenterConfig,
  type SpawnedProcess,
  spawnProcess,
  startCuttableLink,
  startNatsServer,
  temporaryDirectory,
} from "@causeway/testkit";

const QUIET = { info: () => {}, warn: () => {} };
const CATALOG = new URL("../../catalog/src/main.ts", import.meta.url).pathname;
const FEDERATION = new URL("../src/main.ts", import.meta.url).pathname;

type Server = { readonly nats: NatsServer; readonly storeDir: string };

/** A datacenter that runs: its NATS server, its catalog and its federation service. */
export class Datacenter implements AsyncDisposable {
  readonly name: string;
  readonly bus: Bus;
  /** What its bucket, or its copy of that, holds. */
  readonly states: Mirror<typeof BUCKETS.federation>;
  readonly #server: Server;
  readonly #resources = new AsyncDisposableStack();
  #catalog: SpawnedProcess | undefined;
  #service: SpawnedProcess | undefined;

  private constructor(name: string, server: Server, bus: Bus) {
    this.name = name;
    this.bus = bus;
    this.#server = server;
    this.#resources.defer(() => bus.drain());
    const stop = new AbortController();
    this.#resources.defer(() => stop.abort());
    this.states = Mirror.follow(bus, BUCKETS.federation, {}, stop.signal);
  }

  static async start(name: string, server: Server, resources: AsyncDisposableStack): Promise<Datacenter> {
    const { url } = server.nats;
    const bus = await connectBus({ url, name: "test", datacenter: name, primaryDatacenter: "dc1", log: QUIET });
    const datacenter = resources.use(new Datacenter(name, server, bus));
    // The catalog derives its rows once it has read the config entries, whose owner does not run here.
    await Bucket.open(bus, BUCKETS.configEntries);
    await Promise.all([datacenter.#startCatalog(), datacenter.startService()]);
    return datacenter;
  }

  async startService(): Promise<void> {
    this.#service = await this.#spawn(FEDERATION);
  }

  /** Ends the federation service as an operator would. */
  async stopService(): Promise<void> {
    await this.#service?.stop();
  }

  async #startCatalog(): Promise<void> {
    this.#catalog = await this.#spawn(CATALOG);
  }

  async #spawn(path: string): Promise<SpawnedProcess> {
    const env = {
      CAUSEWAY_NATS_URL: this.#server.nats.url,
      CAUSEWAY_DATACENTER: this.name,
      CAUSEWAY_PRIMARY_DATACENTER: "dc1",
      CAUSEWAY_LOG_FORMAT: "json",
    };
    const readyWhen = (line: string) => line.includes('"msg":"ready"');
    return this.#resources.use(await spawnProcess(process.execPath, [path], { env, readyWhen }));
  }

  /** Registers a mesh gateway, or moves the one there is. */
  async registerGateway(address: string, port = 443): Promise<void> {
    const wan = { Address: address, Port: port };
    const Service = { Kind: "mesh-gateway", Service: "mesh-gateway", Port: 8443, TaggedAddresses: { wan } } as const;
    const request: RegisterRequest = { Node: `gateway-${this.name}`, Address: "10.0.0.1", Service };
    await ask(this.bus, "catalog.register", request);
  }

  async removeGateway(): Promise<void> {
    await ask(this.bus, "catalog.deregister", { Node: `gateway-${this.name}` });
  }

  /** Ends the NATS server and the catalog as a power cut would, and starts them with all that was kept gone. */
  async loseState(): Promise<void> {
    const { nats, storeDir } = this.#server;
    await Promise.all([nats.kill(), this.#catalog?.kill9()]);
    await rm(join(storeDir, "jetstream"), { recursive: true });
    await nats.restart();
    await this.#startCatalog();
  }

  /** Where this datacenter's copy says that the gateways of `datacenter` are; undefined when it does not know that one. */
  gatewaysOf(datacenter: string): readonly (string | undefined)[] | undefined {
    const gateways = this.states.get("state", datacenter)?.value.MeshGateways;
    return gateways?.map(({ Service }) => Service.TaggedAddresses?.["wan"]?.Address);
  }

  /** What one of the service's admin pages answers. */
  async page(path: string): Promise<string> {
    const ready = this.#service?.lines.find(({ text }) => text.includes('"msg":"ready"'));
    const { adminPort } = JSON.parse(ready?.text ?? "{}") as { readonly adminPort?: number };
    const response = await fetch(`http://127.0.0.1:${adminPort}${path}`);
    return await response.text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** Two datacenters, each with its own NATS server, over a link that can be cut; dc1 is the primary one. */
export async function startTwo() {
  await using resources = new AsyncDisposableStack();
  const link: CuttableLink = resources.use(await startCuttableLink());
  const leafPort = await freePort();
  const accepts = { port: leafPort, advertise: `127.0.0.1:${link.port}` };
  const joins = `nats-leaf://127.0.0.1:${link.port}`;
  const serve = async (datacenter: NatsDatacenter) => {
    const { path: storeDir } = resources.use(await temporaryDirectory());
    return {
      nats: resources.use(await startNatsServer({ storeDir, config: natsDatacenterConfig(datacenter) })),
      storeDir,
    };
  };
  const one = await serve({ datacenter: "dc1", accepts });
  const two = await serve({ datacenter: "dc2", joins });
  link.leadTo(leafPort);
  const [dc1, dc2] = await Promise.all([
    Datacenter.start("dc1", one, resources),
    Datacenter.start("dc2", two, resources),
  ]);
  return { link, dc1, dc2, resources: resources.move() };
}
