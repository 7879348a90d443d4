import { join } from "node:path";
import { type CuttableLink, startCuttableLink, temporaryDirectory } from "@causeway/testkit";
import { type Mesh, type MeshOptions, startMesh } from "./mesh.ts";
import { loopbackPlace, type Place } from "./place.ts";
import { reservePort } from "./ports.ts";
import { type SecuredDatacenter, secureBus } from "./secured-bus.ts";

/** Which datacenters there are, and where. */
export type DatacentersOptions<Name extends string> = Pick<MeshOptions, "defaultPolicy"> & {
  /** The first is the primary one. */
  readonly names: readonly [Name, ...Name[]];
  /** Where the processes of a datacenter run; 127.0.1.1 for the first and so on unless told. */
  readonly placeOf?: (name: Name) => Place;
  /** IP address of this machine at which a secondary finds the link to the primary; 127.0.0.1 unless told. */
  readonly linkHostOf?: (name: Name) => string;
};

/** Datacenters that run, each secondary one joined to the primary by a link that can be cut. Disposing of it ends all of them. */
export class Datacenters<Name extends string> implements AsyncDisposable {
  readonly #meshes: ReadonlyMap<Name, Mesh>;
  readonly #links: ReadonlyMap<Name, CuttableLink>;
  readonly #resources: AsyncDisposableStack;

  /** Use `startDatacenters`. */
  constructor(
    meshes: ReadonlyMap<Name, Mesh>,
    links: ReadonlyMap<Name, CuttableLink>,
    resources: AsyncDisposableStack,
  ) {
    this.#meshes = meshes;
    this.#links = links;
    this.#resources = resources;
  }

  mesh(name: Name): Mesh {
    return known(this.#meshes, name);
  }

  /** The link between the NATS servers of a secondary and of the primary. */
  link(name: Name): CuttableLink {
    return known(this.#links, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** Starts every process of every datacenter at once; resolves when all are ready, but may not have heard of each other yet. */
export async function startDatacenters<const Name extends string>(
  options: DatacentersOptions<Name>,
): Promise<Datacenters<Name>> {
  const { names, linkHostOf = () => "127.0.0.1", defaultPolicy = "allow" } = options;
  const [primary, ...secondaries] = names;
  const { placeOf = (name: Name) => loopbackPlace(names.indexOf(name) + 1) } = options;
  await using resources = new AsyncDisposableStack();
  const leafPort = await reservePort();
  const leafHost = placeOf(primary).local;
  const links = new Map<Name, CuttableLink>();
  for (const name of secondaries) {
    const link = resources.use(await startCuttableLink({ host: linkHostOf(name) }));
    link.leadTo(leafPort, leafHost);
    links.set(name, link);
  }
  const { path: bus } = resources.use(await temporaryDirectory());
  const secured = (datacenter: Name) => ({
    datacenter,
    hosts: [...new Set([placeOf(datacenter).local, ...secondaries.map(linkHostOf)])],
    ...joined(links.get(datacenter)),
  });
  await secureBus(bus, [secured(primary), ...secondaries.map(secured)]);
  const start = async (datacenter: Name) => {
    const own = { datacenter, busFolder: join(bus, datacenter), place: placeOf(datacenter) };
    return [datacenter, resources.use(await startMesh({ ...own, primaryDatacenter: primary, defaultPolicy }))] as const;
  };
  /** A secondary joins by its link; the primary takes the others in, and tells them of no address but that link's. */
  function joined(link: CuttableLink | undefined): Pick<SecuredDatacenter, "accepts" | "joins"> {
    if (link !== undefined) return { joins: `nats-leaf://${link.host}:${link.port}` };
    const [first] = links.values();
    const advertise = first === undefined ? {} : { advertise: `${first.host}:${first.port}` };
    return { accepts: { listen: `${leafHost}:${leafPort}`, ...advertise } };
  }
  const started = await Promise.allSettled(names.map(start));
  for (const each of started) if (each.status === "rejected") throw each.reason;
  const meshes = new Map(started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : [])));
  return new Datacenters(meshes, links, resources.move());
}

function known<Name extends string, T>(map: ReadonlyMap<Name, T>, name: Name): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`there is no ${name}`);
  return value;
}
