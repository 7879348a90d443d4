import { ask } from "@causeway/bus";
import { type CuttableLink, eventually } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Datacenter, startTwo } from "./support.ts";

let link: CuttableLink;
let dc1: Datacenter;
let dc2: Datacenter;
let resources: AsyncDisposableStack;

beforeAll(async () => {
  ({ link, dc1, dc2, resources } = await startTwo());
});
afterAll(async () => await resources?.disposeAsync());

const never = new AbortController().signal;
const forget = (Datacenter: string) => ask(dc1.bus, "federation.forget", { Datacenter });

describe("two datacenters", () => {
  test("know of each other before either has a gateway", async () => {
    await eventually(() => {
      for (const datacenter of [dc1, dc2]) {
        expect(datacenter.gatewaysOf("dc1")).toEqual([]);
        expect(datacenter.gatewaysOf("dc2")).toEqual([]);
      }
    });
  });

  test("learn of a gateway, and of its new address when it moves", async () => {
    for (const address of ["198.51.100.1", "198.51.100.2"]) {
      await dc2.registerGateway(address);
      const learnt = () => {
        expect(dc1.gatewaysOf("dc2")).toEqual([address]);
        expect(dc2.gatewaysOf("dc2")).toEqual([address]);
      };
      await eventually(learnt);
    }
    expect(dc1.gatewaysOf("dc1")).toEqual([]);
  });

  test("learn that a gateway is gone", async () => {
    await dc1.registerGateway("192.0.2.1");
    await eventually(() => expect(dc2.gatewaysOf("dc1")).toEqual(["192.0.2.1"]));
    await dc1.removeGateway();
    await eventually(() => expect(dc2.gatewaysOf("dc1")).toEqual([]));
  });

  test.each(["silent", "broken"] as const)("learn of a move during a cut (%s) right after it", async (how) => {
    const address = `${how}.example.com`;
    link.cut(how);
    await Promise.all([dc2.bus.paths.whenSilent("dc1", never), dc1.bus.paths.whenSilent("dc2", never)]);
    await dc2.registerGateway(address);
    link.restore();
    await dc2.bus.paths.whenOpen("dc1", never);
    const learnt = (datacenter: Datacenter) => () => expect(datacenter.gatewaysOf("dc2")).toEqual([address]);
    await eventually(learnt(dc1));
    await eventually(learnt(dc2));
  });

  test("can be looked at", async () => {
    await dc2.registerGateway("198.51.100.3");
    await eventually(async () => {
      expect(JSON.parse(await dc1.page("/debug/federation"))).toMatchObject({
        datacenter: "dc1",
        primaryDatacenter: "dc1",
        published: true,
        datacenters: [
          { datacenter: "dc1", path: "open", gateways: [] },
          { datacenter: "dc2", path: "open", gateways: [{ wan: "198.51.100.3:443", health: "passing" }] },
        ],
      });
    });
    expect(await dc1.page("/metrics")).toContain('causeway_federation_path_open{datacenter="dc2"} 1');
  });

  test("are known until they are gone for good and forgotten, and again when they are back", async () => {
    await expect(forget("dc2")).rejects.toThrow('datacenter "dc2" cannot be forgotten: it is still there');
    await dc2.stopService();
    await dc1.bus.paths.whenSilent("dc2", never);
    expect(dc1.gatewaysOf("dc2")).toEqual(["198.51.100.3"]);
    // The service has its own ear, which may hear of the silence a moment later.
    await eventually(async () => expect(await forget("dc2")).toMatchObject({ Deleted: true }));
    await eventually(() => expect(dc1.gatewaysOf("dc2")).toBeUndefined());
    expect(await forget("dc2")).toMatchObject({ Deleted: false });
    await dc2.startService();
    await eventually(() => expect(dc1.gatewaysOf("dc2")).toEqual(["198.51.100.3"]));
  });

  test("tell a primary one that came back with nothing all that it knew", async () => {
    const { madeAt } = dc1.states;
    await dc1.loseState();
    const told = () => {
      expect(dc1.states.madeAt).not.toBe(madeAt);
      expect(dc1.gatewaysOf("dc1")).toEqual([]);
      expect(dc1.gatewaysOf("dc2")).toEqual(["198.51.100.3"]);
    };
    await eventually(told);
    await dc2.registerGateway("198.51.100.4");
    await eventually(() => expect(dc1.gatewaysOf("dc2")).toEqual(["198.51.100.4"]));
    await eventually(() => expect(dc2.gatewaysOf("dc2")).toEqual(["198.51.100.4"]));
  });
});
