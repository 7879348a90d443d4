import type { LeafReport } from "@causeway/gateway";
import { eventually } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { dial, greet, greetingOf, setStage } from "./support.ts";

describe("the leaves of a terminating gateway", () => {
  test("are renewed before they expire, without an open connection noticing", async () => {
    await using stage = await setStage();
    const web = await stage.mesh.leafFor("web");
    // Valid from a minute ago, so that 60 % to 90 % of its life are over within 12 seconds at the latest.
    stage.mesh.ca.leafTtlMs = 20_000;
    await stage.addService("db");
    await using gateway = await stage.start();
    const open = await dial(stage, "db", web);
    await greetingOf(open);
    const [first] = await gateway.debug<LeafReport[]>("leaves");
    await eventually(async () => {
      const [leaf] = await gateway.debug<LeafReport[]>("leaves");
      expect(leaf?.serial).not.toBe(first?.serial);
    });
    open.write("same connection");
    expect(await greetingOf(open)).toBe("same connection");
    open.destroy();
    expect(await greet(stage, "db", web)).toBe("db ");
  });

  test("follow a rotation of the root one by one, and the old ones serve until then", async () => {
    await using stage = await setStage();
    const services = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const service of services) await stage.addService(service);
    await using gateway = await stage.start();
    const oldWeb = await stage.mesh.leafFor("web");
    const open = await dial(stage, "a", oldWeb);
    await greetingOf(open);
    await stage.mesh.rotate();
    const newWeb = await stage.mesh.leafFor("web");
    const ofNewRoot = async () => {
      const leaves = await gateway.debug<LeafReport[]>("leaves");
      return leaves.filter(({ rootId }) => rootId === stage.mesh.activeRootId);
    };
    const everybodyGetsThrough = async () => {
      for (const service of services) {
        expect(await greet(stage, service, oldWeb)).toBe(`${service} `);
        expect(await greet(stage, service, newWeb)).toBe(`${service} `);
      }
    };
    await everybodyGetsThrough();
    await eventually(async () => expect(await ofNewRoot()).not.toEqual([]), { timeoutMs: 60_000 });
    await everybodyGetsThrough();
    open.write("same connection");
    expect(await greetingOf(open)).toBe("same connection");
    open.destroy();
  });

  test("come from the CA service", async () => {
    await using stage = await setStage({ signedBy: "service" });
    await stage.addService("db");
    await using gateway = await stage.start();
    expect(await greet(stage, "db", await stage.mesh.leafFor("web"))).toBe("db ");
    expect(await gateway.debug("leaves")).toMatchObject([{ service: "db", rootId: stage.mesh.activeRootId }]);
  });

  test("callers whose root is trusted no more are refused, and cut off", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await using _ = await stage.start();
    const oldWeb = await stage.mesh.leafFor("web");
    const open = await dial(stage, "db", oldWeb);
    open.on("error", () => {});
    await greetingOf(open);
    await stage.mesh.rotate();
    await stage.mesh.prune();
    await eventually(() => expect(open.destroyed).toBe(true));
    await expect(greet(stage, "db", oldWeb)).rejects.toThrow();
    const newWeb = await stage.mesh.leafFor("web");
    await eventually(async () => expect(await greet(stage, "db", newWeb)).toBe("db "));
  });
});
