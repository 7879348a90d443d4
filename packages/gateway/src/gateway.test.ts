import { EventEmitter, once } from "node:events";
import type { FailedListener, SwapResult } from "@causeway/proxy";
import type { RouteTable } from "@causeway/routes";
import { instanceRecord } from "@causeway/routes/testing";
import { Readiness } from "@causeway/runtime";
import { FakeClock } from "@causeway/runtime/testing";
import { describe, expect, test } from "vitest";
import { Gateway } from "./gateway.ts";
import type { Plan } from "./plan.ts";
import { KnownRecords } from "./testing.ts";
import { instancesOf } from "./watches.ts";

/** One listener for each instance of the service `gw`; waits while there is none. */
const plan: Plan<string, string> = {
  parts: () => new Map(),
  compile: () => {
    throw new Error("this plan has no parts");
  },
  assemble(read) {
    const instances = read.all(instancesOf("gw"));
    if (instances.length === 0) return { waitingFor: "an instance of gw" };
    return {
      listeners: instances.map(({ Service }) => ({
        name: Service.ID,
        address: "127.0.0.1",
        port: Service.Port,
        match: { by: "sni", routes: new Map() },
      })),
      unavailable: instances.flatMap(({ Service }) =>
        Service.Port === 0 ? [{ name: Service.ID, reason: "no port" }] : [],
      ),
    };
  },
};

/** A gateway over state in memory and a proxy that only remembers, where the clock stands still. */
function setUp() {
  const known = Object.assign(new KnownRecords(), { needed() {}, unneeded() {} });
  const clock = new FakeClock();
  const readiness = new Readiness();
  const swaps: RouteTable[] = [];
  const lines: { message: string; facts: object }[] = [];
  const events = new EventEmitter();
  const proxy = {
    failed: [] as FailedListener[],
    async swap(table: RouteTable): Promise<SwapResult> {
      swaps.push(table);
      events.emit("swap");
      return { opened: [], kept: [], closed: [], failed: proxy.failed };
    },
    recheck() {},
  };
  const note = (facts: object, message: string) => void lines.push({ message, facts });
  let started = 0;
  const gateway = new Gateway({
    kind: "test-gateway",
    plan,
    knowledge: known,
    proxy,
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    readiness: { table: readiness.task("table"), listeners: readiness.task("listeners") },
    started: () => {
      started += 1;
    },
  });
  const tell = (keys: readonly string[]) => {
    for (const key of keys) gateway.changed(key);
  };
  const register = (ID: string, Port: number) =>
    tell(known.put("catalog", "instance", ["gw", "node1", ID], instanceRecord({ Service: "gw", ID, Port })));
  const said = (message: string) => lines.filter((line) => line.message === message).map(({ facts }) => facts);
  return { known, clock, readiness, swaps, proxy, gateway, register, tell, said, events, startedTimes: () => started };
}

describe("Gateway", () => {
  test("waits with the plan's reason, told once, until there is a table", async () => {
    const { clock, readiness, swaps, gateway, said, tell } = setUp();
    gateway.schedule();
    await clock.advance(5);
    tell(["catalog/instance.gw.>"]);
    await clock.advance(5);
    expect(swaps).toEqual([]);
    expect(readiness.report().waitingFor).toContainEqual({ name: "table", done: false, reason: "an instance of gw" });
    expect(said("waiting")).toEqual([{ waitingFor: "an instance of gw" }]);
  });

  test("is ready with its first table", async () => {
    const { clock, readiness, gateway, register, startedTimes } = setUp();
    gateway.schedule();
    register("gw1", 8443);
    await clock.advance(5);
    expect(readiness.report()).toEqual({ ready: true, draining: false, waitingFor: [] });
    expect(startedTimes()).toBe(1);
    register("gw2", 8444);
    await clock.advance(5);
    expect(startedTimes()).toBe(1);
  });

  test("changes that come together lead to one swap, and no change to none", async () => {
    const { clock, swaps, register, tell } = setUp();
    for (let port = 1; port <= 100; port++) register("gw1", port);
    await clock.advance(5);
    expect(swaps.map(({ listeners }) => listeners.map(({ port }) => port))).toEqual([[100]]);
    register("gw1", 100);
    tell(["catalog/instance.gw.>"]);
    await clock.advance(1_000);
    expect(swaps).toHaveLength(1);
  });

  test("a change after a pause waits for nobody, and those that follow it are one swap", async () => {
    const { clock, swaps, register } = setUp();
    register("a", 1);
    await clock.advance(5);
    await clock.advance(1_000);
    register("b", 2);
    await clock.advance(0);
    expect(swaps).toHaveLength(2);
    register("c", 3);
    await clock.advance(1);
    register("d", 4);
    await clock.advance(3);
    expect(swaps).toHaveLength(2);
    await clock.advance(1);
    expect(swaps.map(({ listeners }) => listeners.length)).toEqual([1, 2, 4]);
  });

  test("an address that cannot be bound is told, keeps it from being ready, and is tried again until it can", async () => {
    const { clock, readiness, swaps, proxy, register, said } = setUp();
    proxy.failed = [{ listener: "gw1", address: "127.0.0.1:8443", reason: "EADDRINUSE" }];
    register("gw1", 8443);
    await clock.advance(5);
    await clock.advance(250);
    await clock.advance(500);
    expect(swaps).toHaveLength(3);
    expect(said("listeners not bound")).toHaveLength(1);
    const reason = "gw1 on 127.0.0.1:8443: EADDRINUSE";
    expect(readiness.report().waitingFor).toEqual([{ name: "listeners", done: false, reason }]);
    proxy.failed = [];
    await clock.advance(1_000);
    expect(readiness.report().ready).toBe(true);
    await clock.advance(60_000);
    expect(swaps).toHaveLength(4);
  });

  test("a newer table is never replaced by the one whose address could not be bound", async () => {
    const { clock, swaps, proxy, register } = setUp();
    proxy.failed = [{ listener: "gw1", address: "127.0.0.1:1", reason: "EACCES" }];
    register("gw1", 1);
    await clock.advance(5);
    register("gw1", 2);
    await clock.advance(10_000);
    expect(swaps.slice(1).map(({ listeners }) => listeners[0]?.port)).toEqual(swaps.slice(1).map(() => 2));
  });

  test("what becomes unavailable is told once", async () => {
    const { clock, register, said } = setUp();
    register("gw1", 0);
    await clock.advance(5);
    register("gw2", 8443);
    await clock.advance(5);
    expect(said("unavailable")).toEqual([{ name: "gw1", reason: "no port" }]);
  });

  test("a stopped gateway leaves its table as it is", async () => {
    const { clock, swaps, gateway, register } = setUp();
    register("gw1", 8443);
    await clock.advance(5);
    await gateway.stop();
    register("gw1", 8444);
    await clock.advance(1_000);
    expect(swaps).toHaveLength(1);
    expect(gateway.table).toBe(swaps[0]);
  });

  test("tables are swapped in one after the other", async () => {
    const { clock, swaps, proxy, register, events } = setUp();
    const first = Promise.withResolvers<void>();
    const { swap } = proxy;
    proxy.swap = async (table) => {
      const result = await swap(table);
      await first.promise;
      return result;
    };
    register("gw1", 1);
    await clock.advance(5);
    register("gw1", 2);
    await clock.advance(5);
    expect(swaps).toHaveLength(1);
    const second = once(events, "swap");
    first.resolve();
    await second;
    expect(swaps.map(({ listeners }) => listeners[0]?.port)).toEqual([1, 2]);
  });
});
