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

describe("two datacenters", () => {
  test("know of each other before either has a gateway", async () => {
    await eventually(() => {
      for (const { gatewaysOf } of [dc1, dc2].map((dc) => ({ gatewaysOf: dc.gatewaysOf.bind(dc) }))) {
        expect(gatewaysOf("dc1")).toEqual([]);
        expect(gatewaysOf("dc2")).toEqual([]);
      }
    });
  });

  test("learn of a gateway, and of its new address when it moves", async () => {
    for (const address of ["198.51.100.1", "198.51.100.2"]) {
      await dc2.registerGateway(address);
      await eventually(
        () => {
          expect(dc1.gatewaysOf("dc2")).toEqual([address]);
          expect(dc2.gatewaysOf("dc2")).toEqual([address]);
        },
        { timeoutMs: 2_000 },
      );
    }
  });

  test.each(["silent", "broken"] as const)("learn of a move during a cut (%s) right after it", async (how) => {
    const address = `${how}.example.com`;
    link.cut(how);
    await Promise.all([dc2.bus.paths.whenSilent("dc1", never), dc1.bus.paths.whenSilent("dc2", never)]);
    await dc2.registerGateway(address);
    link.restore();
    await dc2.bus.paths.whenOpen("dc1", never);
    await eventually(() => expect(dc1.gatewaysOf("dc2")).toEqual([address]), { timeoutMs: 2_000 });
    await eventually(() => expect(dc2.gatewaysOf("dc2")).toEqual([address]), { timeoutMs: 5_000 });
  });

  test("cannot be forgotten while they are heard", async () => {
    await expect(ask(dc1.bus, "federation.forget", { Datacenter: "dc2" })).rejects.toThrow("its heartbeat is heard");
  });
});
