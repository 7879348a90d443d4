import { EventEmitter, on } from "node:events";
import { Bucket, type Bus, busAddress, connectBus } from "@causeway/bus";
import { BUCKETS, heartbeatSubject } from "@causeway/model";
import { instanceRecord } from "@causeway/routes/testing";
import { systemClock } from "@causeway/runtime";
import {
  type CuttableLink,
  freePort,
  type NatsServer,
  natsDatacenterConfig,
  startCuttableLink,
  startNatsServer,
} from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Disk, noDisk } from "../src/disk.ts";
import { Knowledge } from "../src/knowledge.ts";
import { inDatacenter, watchKey } from "../src/watch.ts";
import { instancesOf } from "../src/watches.ts";

const log = { info() {}, warn() {} };
const farDb = inDatacenter("dc2", instancesOf("db"));
const resources = new AsyncDisposableStack();

let link: CuttableLink;
let bus: Bus;
let catalog: Bucket<typeof BUCKETS.catalog>;

beforeAll(async () => {
  link = resources.use(await startCuttableLink());
  const port = await freePort();
  const accepts = { port, advertise: `127.0.0.1:${link.port}` };
  const near = resources.use(await startNatsServer({ config: natsDatacenterConfig({ datacenter: "dc1", accepts }) }));
  link.leadTo(port);
  const joins = `nats-leaf://127.0.0.1:${link.port}`;
  const far = resources.use(await startNatsServer({ config: natsDatacenterConfig({ datacenter: "dc2", joins }) }));
  const connectTo = async ({ url }: NatsServer, datacenter: string) => {
    const config = { natsUrl: url, datacenter, primaryDatacenter: "dc1" };
    const connected = await connectBus({ ...busAddress(config), name: "test", log });
    resources.defer(() => connected.drain());
    return connected;
  };
  bus = await connectTo(near, "dc1");
  const farBus = await connectTo(far, "dc2");
  const beat = setInterval(() => farBus.connection.publish(heartbeatSubject("dc2")), 200);
  resources.defer(() => clearInterval(beat));
  catalog = await Bucket.open(farBus, BUCKETS.catalog);
  await Bucket.open(bus, BUCKETS.catalog);
});
afterAll(async () => await resources.disposeAsync());

/** Knowledge of a proxy in dc1, connected unless told. */
function setUp({ connected = true, disk = noDisk }: { readonly connected?: boolean; readonly disk?: Disk } = {}) {
  const events = new EventEmitter();
  const sign = () => Promise.reject(new Error("no CA in this test"));
  const knowledge = new Knowledge(
    { datacenter: "dc1", clock: systemClock, random: Math.random, sign, disk, log },
    { changed: (key) => void events.emit("changed", key), identitiesChanged() {} },
  );
  if (connected) knowledge.connect(bus);
  const until = async (holds: () => boolean) => {
    if (holds()) return;
    for await (const _ of on(events, "changed", { signal: AbortSignal.timeout(60_000) })) if (holds()) return;
  };
  const addresses = () =>
    [...knowledge.state(farDb).records.values()].map(
      (record) => (record as ReturnType<typeof instanceRecord>).Service.Address,
    );
  const asking = knowledge.path("dc2");
  return { knowledge, until, addresses, asking, [Symbol.asyncDispose]: () => knowledge.stop() };
}

const saved = (address: string): Disk => {
  const records = new Map([["instance.db.node1.db", instanceRecord({ Service: "db", Address: address })]]);
  return { ...noDisk, restored: { state: new Map([[watchKey(farDb), records]]), leaves: new Map() } };
};

const register = (Address: string) =>
  catalog.change("instance", ["db", "node1", "db"], () => instanceRecord({ Service: "db", Address }));

describe("what is known of another datacenter", () => {
  test("is told apart from one's own by its key", () => {
    expect(watchKey(farDb)).toBe("dc2:catalog/instance.db.>");
  });

  test("is read there, and followed", async () => {
    await using setup = setUp();
    setup.knowledge.needed({ kind: "watch", watch: farDb });
    await setup.until(() => setup.knowledge.state(farDb).from === "bucket");
    await register("10.2.0.1");
    await setup.until(() => setup.addresses().includes("10.2.0.1"));
    expect(setup.knowledge.state(instancesOf("db")).records.size).toBe(0);
  });

  test("is nothing, but known, of a datacenter that nobody has heard of", async () => {
    await using setup = setUp();
    const nowhere = inDatacenter("dc9", instancesOf("db"));
    setup.knowledge.needed({ kind: "watch", watch: nowhere });
    setup.knowledge.needed({ kind: "path", datacenter: "dc9" });
    await setup.until(() => setup.knowledge.state(nowhere).from === "unreachable");
    expect(setup.knowledge.path("dc9")).toBe("silent");
  });

  test("stays while the link is cut, which is told, and is current again after it", async () => {
    await using setup = setUp();
    setup.knowledge.needed({ kind: "watch", watch: farDb });
    await register("10.2.0.2");
    await setup.until(() => setup.addresses().includes("10.2.0.2") && setup.knowledge.path("dc2") === "open");
    link.cut("silent");
    await setup.until(() => setup.knowledge.path("dc2") === "silent");
    await register("10.2.0.3");
    expect(setup.addresses()).toEqual(["10.2.0.2"]);
    link.restore();
    // What was held back on the link may come before the next heartbeat does.
    await setup.until(() => setup.addresses().includes("10.2.0.3") && setup.knowledge.path("dc2") === "open");
  });

  test("is what was kept on disk while it was never reached", async () => {
    link.cut("broken");
    await using setup = setUp({ disk: saved("10.2.0.9") });
    setup.knowledge.needed({ kind: "watch", watch: farDb });
    await setup.until(() => setup.knowledge.state(farDb).from === "restored");
    expect(setup.addresses()).toEqual(["10.2.0.9"]);
    link.restore();
    await setup.until(() => setup.knowledge.state(farDb).from === "bucket");
  });

  test("counts as out of reach when a proxy starts without its own NATS", async () => {
    await using setup = setUp({ connected: false, disk: saved("10.2.0.9") });
    expect(setup.asking).toBe("unheard");
    setup.knowledge.useRestored();
    expect(setup.knowledge.path("dc2")).toBe("silent");
    expect(setup.addresses()).toEqual(["10.2.0.9"]);
  });
});
