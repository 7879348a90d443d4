import { Refusal } from "@causeway/bus";
import { describe, expect, test } from "vitest";
import { Harness } from "./harness.ts";

const gateway = {
  Node: "gwnode",
  Address: "10.4.0.1",
  Service: { Kind: "terminating-gateway", ID: "tgw1", Service: "tgw", Port: 8_443 },
};
const api = { Node: "extapi", Address: "10.4.0.9", Service: { ID: "api1", Service: "api", Port: 443 } };
const entry = (...services: readonly object[]) => ({
  Kind: "terminating-gateway" as const,
  Name: "tgw",
  Services: services as { Name: string }[],
  CreateIndex: 0,
  ModifyIndex: 0,
});

describe("the catalog on a bus", () => {
  test("what was acknowledged can be read at the revision that came back", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    const { Index } = await harness.ask("catalog.register", { ...api, Check: { Name: "alive", Status: "passing" } });
    expect(Index).toBe(2);
    expect(await harness.records()).toMatchObject({
      "node.extapi": { Node: { CreateIndex: 1, ModifyIndex: 1 }, Checks: [{ CheckID: "alive", ModifyIndex: 1 }] },
      "instance.api.extapi.api1": {
        Node: { Address: "10.4.0.9", ModifyIndex: 1 },
        Service: { Port: 443, CreateIndex: 2, ModifyIndex: 2 },
        NodeChecks: [{ CheckID: "alive" }],
      },
    });
  });

  test("a refusal comes back word for word, and nothing of it is taken in", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    const refused = harness.ask("catalog.register", { ...api, Check: { Name: "c", ServiceID: "nope" } });
    await expect(refused).rejects.toEqual(
      new Refusal(500, 'failed inserting check: Missing service registration on node "extapi"'),
    );
    expect(await harness.keys()).toEqual([]);
  });

  test("a registration that says nothing new is not written, and one that takes nothing away neither", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    const { Index } = await harness.ask("catalog.register", api);
    expect(await harness.ask("catalog.register", api)).toEqual({ Index });
    expect(await harness.ask("catalog.deregister", { Node: "nope" })).toEqual({ Index });
  });
});

describe("derived rows", () => {
  test("follow entries and registrations, and can be read when the answer comes", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    await harness.ask("catalog.register", gateway);
    const entries = await harness.configEntries();
    const Revision = await entries.create(
      "terminating-gateway",
      ["tgw"],
      entry({ Name: "*", CAFile: "/wild" }, { Name: "api" }),
    );
    await harness.ask("catalog.reflect", { Revision });
    expect(await harness.keys()).toEqual([
      "connect.api.tgw",
      "gateway-service.tgw.api",
      "instance.tgw.gwnode.tgw1",
      "node.gwnode",
    ]);

    const late = { Node: "late", Address: "10.4.0.11", Service: { Service: "late", Port: 80 } };
    await harness.ask("catalog.register", late);
    expect(await harness.records()).toMatchObject({
      "gateway-service.tgw.late": { CAFile: "/wild", FromWildcard: true, GatewayKind: "terminating-gateway" },
      "connect.late.tgw": { Destination: "late", Provider: "tgw", Kind: "terminating-gateway" },
    });

    await harness.ask("catalog.deregister", { Node: "late" });
    expect((await harness.keys()).filter((key) => key.includes("late"))).toEqual([]);
  });

  test("of an ingress gateway are one for each listener", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    const entries = await harness.configEntries();
    const listener = (Port: number, Name: string) => ({ Port, Protocol: "tcp", Services: [{ Name, Hosts: null }] });
    const igw = (...Listeners: ReturnType<typeof listener>[]) => ({
      Kind: "ingress-gateway" as const,
      Name: "igw",
      TLS: { Enabled: false },
      Listeners,
      CreateIndex: 0,
      ModifyIndex: 0,
    });
    const both = igw(listener(8_888, "api"), listener(9_999, "api"));
    const Revision = await entries.create("ingress-gateway", ["igw"], both);
    await harness.ask("catalog.reflect", { Revision });
    expect(await harness.records()).toMatchObject({
      "gateway-service.igw.api.8888": { GatewayKind: "ingress-gateway", Port: 8_888, Protocol: "tcp" },
      "gateway-service.igw.api.9999": { GatewayKind: "ingress-gateway", Port: 9_999, Protocol: "tcp" },
    });
    const later = await entries.update("ingress-gateway", ["igw"], igw(listener(8_888, "web")), Revision);
    await harness.ask("catalog.reflect", { Revision: later });
    expect(await harness.keys()).toEqual(["gateway-service.igw.web.8888"]);
  });

  test("keep their CreateIndex when they change, and are not written when they do not", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    const entries = await harness.configEntries();
    const first = await entries.create("terminating-gateway", ["tgw"], entry({ Name: "api" }, { Name: "web" }));
    await harness.ask("catalog.reflect", { Revision: first });
    const before = await harness.records();
    const second = await entries.update(
      "terminating-gateway",
      ["tgw"],
      entry({ Name: "api", SNI: "s" }, { Name: "web" }),
      first,
    );
    await harness.ask("catalog.reflect", { Revision: second });
    const after = await harness.records();
    expect(after["gateway-service.tgw.web"]).toEqual(before["gateway-service.tgw.web"]);
    const { CreateIndex, ModifyIndex } = before["gateway-service.tgw.api"] as {
      CreateIndex: number;
      ModifyIndex: number;
    };
    expect(after["gateway-service.tgw.api"]).toMatchObject({ SNI: "s", CreateIndex });
    expect((after["gateway-service.tgw.api"] as { ModifyIndex: number }).ModifyIndex).toBeGreaterThan(ModifyIndex);
  });

  test("of a terminating gateway keep their slots while others come and go, and over restarts", async () => {
    await using harness = await Harness.start();
    const catalog = await harness.replica();
    const entries = await harness.configEntries();
    const slots = async () => {
      const records = Object.entries(await harness.records()).filter(([key]) => key.startsWith("gateway-service"));
      const links = records.map(([, record]) => record as { readonly Service: string; readonly Slot: number });
      return Object.fromEntries(links.map(({ Service, Slot }) => [Service, Slot]));
    };
    const first = await entries.create("terminating-gateway", ["tgw"], entry({ Name: "api" }, { Name: "web" }));
    await harness.ask("catalog.reflect", { Revision: first });
    expect(await slots()).toEqual({ api: 0, web: 1 });

    const unlinked = await entries.update("terminating-gateway", ["tgw"], entry({ Name: "web" }), first);
    await harness.ask("catalog.reflect", { Revision: unlinked });
    await catalog.stop();
    await harness.replica("again");
    const services = [{ Name: "db" }, { Name: "api" }, { Name: "web", SNI: "web.example" }];
    const last = await entries.update("terminating-gateway", ["tgw"], entry(...services), unlinked);
    await harness.ask("catalog.reflect", { Revision: last });
    expect(await slots()).toEqual({ db: 0, web: 1, api: 2 });
  });

  test("name sidecars and native services as providers, and forget them", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    await harness.configEntries();
    const sidecar = { Kind: "connect-proxy", Service: "web-proxy", Port: 1, Proxy: { DestinationServiceName: "web" } };
    await harness.ask("catalog.register", { Node: "n", Address: "1.1.1.1", Service: sidecar });
    await harness.ask("catalog.register", {
      Node: "n",
      Address: "1.1.1.1",
      Service: { Service: "nat", Connect: { Native: true } },
    });
    await harness.ask("catalog.reflect", { Revision: 0 });
    expect(await harness.records()).toMatchObject({
      "connect.web.web-proxy": { Kind: "connect-proxy" },
      "connect.nat.nat": { Kind: "native" },
    });
    await harness.ask("catalog.deregister", { Node: "n" });
    expect(await harness.keys()).toEqual([]);
  });

  test("name the services that are mesh gateways, without any config entry, and forget them", async () => {
    await using harness = await Harness.start();
    await harness.replica();
    await harness.configEntries();
    const Service = { Kind: "mesh-gateway", Service: "mgw", Port: 8_443 };
    for (const Node of ["a", "b"]) await harness.ask("catalog.register", { Node, Address: "1.1.1.1", Service });
    await harness.ask("catalog.reflect", { Revision: 0 });
    expect(await harness.records()).toMatchObject({ "mesh-gateway.mgw": { Service: "mgw" } });
    await harness.ask("catalog.deregister", { Node: "a" });
    expect(await harness.keys()).toContain("mesh-gateway.mgw");
    await harness.ask("catalog.deregister", { Node: "b" });
    expect(await harness.keys()).toEqual([]);
  });

  test("that are wrong when the catalog starts are put right", async () => {
    await using harness = await Harness.start();
    const entries = await harness.configEntries();
    const Revision = await entries.create("terminating-gateway", ["tgw"], entry({ Name: "api" }));
    const first = await harness.replica();
    await harness.ask("catalog.reflect", { Revision });
    await first.stop();
    const kv = await harness.bus.kvm.open("catalog");
    await kv.delete("connect.api.tgw");
    await entries.update("terminating-gateway", ["tgw"], entry({ Name: "web" }), Revision);
    await harness.replica();
    await harness.ask("catalog.reflect", { Revision: 0 });
    expect(await harness.keys()).toEqual(["connect.web.tgw", "gateway-service.tgw.web"]);
  });
});
