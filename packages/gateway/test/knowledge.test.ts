import { EventEmitter, on } from "node:events";
import { type Bus, connectBus } from "@causeway/bus";
import { instanceRecord, linkRecord } from "@causeway/routes/testing";
import { systemClock } from "@causeway/runtime";
import { type NatsServer, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Disk, noDisk } from "../src/disk.ts";
import { Knowledge } from "../src/knowledge.ts";
import { type Need, needKey } from "../src/read.ts";
import { TestMesh } from "../src/testing.ts";
import { type Watch, watchKey } from "../src/watch.ts";
import { CA_ROOTS, instancesOf, linksOf, registrationOf } from "../src/watches.ts";

let nats: NatsServer;
let mesh: TestMesh;
let bus: Bus;
beforeAll(async () => {
  nats = await startNatsServer();
  mesh = await TestMesh.open(nats.url);
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log: { info() {}, warn() {} } });
});
afterAll(async () => {
  await bus?.drain();
  await mesh?.[Symbol.asyncDispose]();
  await nats?.stop();
});

const watching = (watch: Watch): Need => ({ kind: "watch", watch });

/** Knowledge that remembers what it told; not connected yet. */
function setUp(disk: Disk = noDisk) {
  const events = new EventEmitter();
  const told: string[] = [];
  let identityChanges = 0;
  const knowledge = new Knowledge(
    {
      datacenter: "dc1",
      clock: systemClock,
      random: Math.random,
      sign: () => Promise.reject(new Error("no CA in this test")),
      disk,
      log: { warn() {} },
    },
    {
      changed(key) {
        told.push(key);
        events.emit("changed", key);
      },
      identitiesChanged() {
        identityChanges += 1;
      },
    },
  );
  /** Resolves when `holds` is true, asked now and after each change. */
  const until = async (holds: () => boolean) => {
    if (holds()) return;
    for await (const _ of on(events, "changed", { signal: AbortSignal.timeout(60_000) })) if (holds()) return;
  };
  const addresses = (watch: Watch) =>
    [...knowledge.state(watch).records.values()].map(
      (record) => (record as ReturnType<typeof instanceRecord>).Service.Address,
    );
  return {
    knowledge,
    told,
    until,
    addresses,
    identityChanges: () => identityChanges,
    [Symbol.asyncDispose]: () => knowledge.stop(),
  };
}

function saved(watch: Watch, address: string): Disk {
  const records = new Map([["instance.any.node1.any", instanceRecord({ Service: "any", Address: address })]]);
  return { ...noDisk, restored: { state: new Map([[watchKey(watch), records]]), leaves: new Map() } };
}

describe("Knowledge", () => {
  test("a watch is unread until its bucket has been read to the end, an empty one too", async () => {
    await using setup = setUp();
    const { knowledge, until } = setup;
    knowledge.needed(watching(linksOf("nobody")));
    expect(knowledge.state(linksOf("nobody"))).toEqual({ from: "unread", records: new Map() });
    knowledge.connect(bus);
    await until(() => knowledge.state(linksOf("nobody")).from === "bucket");
    expect(knowledge.state(linksOf("nobody")).records.size).toBe(0);
  });

  test("follows every change of what is needed, and only of that", async () => {
    await using setup = setUp();
    const { knowledge, told, until, addresses } = setup;
    const watch = instancesOf("followed");
    knowledge.connect(bus);
    knowledge.needed(watching(watch));
    await until(() => knowledge.state(watch).from === "bucket");
    await mesh.register(instanceRecord({ Service: "followed-too", Address: "10.9.9.9" }));
    await mesh.register(instanceRecord({ Service: "followed", Address: "10.0.0.7" }));
    await until(() => addresses(watch).includes("10.0.0.7"));
    await mesh.deregister(instanceRecord({ Service: "followed" }));
    await until(() => knowledge.state(watch).records.size === 0 && told.includes(watchKey(CA_ROOTS)));
    expect(new Set(told)).toEqual(new Set([watchKey(CA_ROOTS), watchKey(watch)]));
  });

  test("what is needed no more is not followed, and needed again is read anew", async () => {
    await using setup = setUp();
    const { knowledge, until, addresses } = setup;
    const watch = instancesOf("again");
    knowledge.connect(bus);
    knowledge.needed(watching(watch));
    await until(() => knowledge.state(watch).from === "bucket");
    knowledge.unneeded(watching(watch));
    expect(knowledge.state(watch).from).toBe("unread");
    await mesh.register(instanceRecord({ Service: "again", Address: "10.0.0.8" }));
    knowledge.needed(watching(watch));
    await until(() => knowledge.state(watch).from === "bucket");
    expect(addresses(watch)).toEqual(["10.0.0.8"]);
  });

  test("remembers what a record last was when it is taken away", async () => {
    await using setup = setUp();
    const { knowledge, until } = setup;
    const own = registrationOf("gone", "node1", "gone");
    const instance = instanceRecord({ Service: "gone", Port: 8443 });
    await mesh.register(instance);
    knowledge.connect(bus);
    knowledge.needed(watching(own));
    await until(() => knowledge.state(own).records.size === 1);
    await mesh.deregister(instance);
    await until(() => knowledge.state(own).records.size === 0);
    expect(knowledge.last(own)).toEqual(instance);
  });

  test("roots are followed whether anybody asks for them or not, and survive their record", async () => {
    await using setup = setUp();
    const { knowledge, until, identityChanges } = setup;
    knowledge.connect(bus);
    await until(() => knowledge.roots().trustDomain === mesh.trustDomain);
    knowledge.needed(watching(CA_ROOTS));
    knowledge.unneeded(watching(CA_ROOTS));
    const { version } = knowledge.roots();
    await mesh.rotate();
    await until(() => knowledge.roots().version !== version);
    expect(knowledge.roots().certificatesPem).toEqual(mesh.rootsPem);
    expect(identityChanges()).toBe(2);
  });

  test("what was kept on disk is not used until it is said so, and yields to the bucket", async () => {
    const watch = instancesOf("kept");
    await using setup = setUp(saved(watch, "10.0.0.1"));
    const { knowledge, until, addresses } = setup;
    knowledge.needed(watching(watch));
    expect(knowledge.state(watch).from).toBe("unread");
    knowledge.useRestored();
    expect(knowledge.state(watch).from).toBe("restored");
    expect(addresses(watch)).toEqual(["10.0.0.1"]);
    await mesh.register(instanceRecord({ Service: "kept", Address: "10.0.0.2" }));
    knowledge.connect(bus);
    await until(() => knowledge.state(watch).from === "bucket");
    expect(addresses(watch)).toEqual(["10.0.0.2"]);
  });

  test("a record that nobody can read is passed over, and the others are not", async () => {
    await using setup = setUp();
    const { knowledge, until } = setup;
    const watch = linksOf("odd");
    await mesh.put("catalog", "gateway-service", ["odd", "good"], linkRecord("odd", "good"));
    const kv = await bus.kvm.open("catalog");
    await kv.put("gateway-service.odd.bad", "no record at all");
    knowledge.connect(bus);
    knowledge.needed(watching(watch));
    await until(() => knowledge.state(watch).from === "bucket");
    expect([...knowledge.state(watch).records.keys()]).toEqual(["gateway-service.odd.good"]);
  });

  test("tells the key of a leaf when it cannot be had", async () => {
    await using setup = setUp();
    const { knowledge, told, until } = setup;
    const need: Need = { kind: "leaf", service: "db" };
    knowledge.connect(bus);
    knowledge.needed(need);
    await until(() => told.includes(needKey(need)));
    expect(knowledge.leafProgress("db")).toEqual({ ready: false, reason: "no leaf certificate: no CA in this test" });
  });
});
