import { Bucket, type Bus, connectBus } from "@causeway/bus";
import { credentialsOf, type Mesh } from "@causeway/e2e";
import { BUCKETS, type CatalogCheck, type CatalogNode, type InstanceRecord } from "@causeway/model";

const DATACENTER = "dc1";
const INSTANCES_PER_SERVICE = 100;
const INSTANCES_PER_NODE = 10;
/** Writes that are under way at the same time: enough to keep the NATS server busy. */
const AT_ONCE = 500;

const NO_INDEX = { CreateIndex: 0, ModifyIndex: 0 };

/** The service of the instance of this number: a hundred have the same. */
export function loadedService(instance: number): string {
  return `loaded-${Math.floor(instance / INSTANCES_PER_SERVICE)}`;
}

/** The node of the instance of this number: ten are on the same. */
export function loadedNode(instance: number): string {
  return `node-${Math.floor(instance / INSTANCES_PER_NODE)}`;
}

/** What the check of this instance is known by, and its status. */
export function loadedCheck(instance: number) {
  const ServiceID = `instance-${instance}`;
  const CheckID = `service:${ServiceID}`;
  return { CheckID, Name: `Service '${loadedService(instance)}' check`, Status: "passing", ServiceID } as const;
}

/**
 * Writes instances, each with a check, into the catalog's bucket, without asking the catalog: a hundred thousand registrations one by
 * one would take longer than all else together.
 *
 * @param from - number of the first instance, a multiple of ten, since a node is written with its first instance.
 * @param to - number of the instance after the last.
 */
export async function loadCatalog({ nats, busFolder }: Mesh, from: number, to: number): Promise<void> {
  const log = { info() {}, warn() {} };
  // Nobody else may write that bucket.
  const role = "catalog";
  const credentials = credentialsOf(busFolder, role);
  const bus = await connectBus({ url: nats.url, name: "bench", role, datacenter: DATACENTER, credentials, log });
  try {
    await writeInstances(bus, from, to);
  } finally {
    await bus.connection.drain();
  }
}

async function writeInstances(bus: Bus, from: number, to: number): Promise<void> {
  const bucket = await Bucket.open(bus, BUCKETS.catalog);
  let next = from;
  const writer = async () => {
    while (next < to) {
      const instance = next++;
      const record = instanceRecord(instance);
      const { Node, Service } = record;
      if (instance % INSTANCES_PER_NODE === 0) await bucket.create("node", [Node.Node], { Node, Checks: [] });
      await bucket.create("instance", [Service.Service, Node.Node, Service.ID], record);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writer));
}

function instanceRecord(instance: number): InstanceRecord {
  const ID = `instance-${instance}`;
  const Service = loadedService(instance);
  const Node: CatalogNode = {
    ID: "",
    Node: loadedNode(instance),
    Address: address(instance),
    Datacenter: DATACENTER,
    TaggedAddresses: null,
    Meta: null,
    ...NO_INDEX,
  };
  const check: CatalogCheck = {
    Node: Node.Node,
    ...loadedCheck(instance),
    Notes: "",
    Output: "",
    ServiceName: Service,
    ServiceTags: [],
    Type: "",
    Definition: {},
    ...NO_INDEX,
  };
  const service = {
    Kind: "",
    ID,
    Service,
    Tags: [],
    Address: "",
    Port: 8080,
    Meta: null,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: {},
    Connect: {},
    ...NO_INDEX,
  } as const;
  return { Node, Service: { ...service, Tags: [] }, Checks: [check], NodeChecks: [] };
}

/** Of TEST-NET-like private space; the node's number in the last three parts. */
function address(instance: number): string {
  const node = Math.floor(instance / INSTANCES_PER_NODE);
  return `10.${(node >> 16) & 255}.${(node >> 8) & 255}.${node & 255}`;
}
