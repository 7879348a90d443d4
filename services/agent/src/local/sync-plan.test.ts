import type { InstanceRecord, NodeRecord } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOf } from "./check-definition.ts";
import type { LocalCheck, LocalService } from "./local-service.ts";
import { serviceOf } from "./service-definition.ts";
import { type CatalogSide, type OwnNode, syncPlan } from "./sync-plan.ts";

const own: OwnNode = { ID: "id", Node: "n1", Address: "10.0.0.1", TaggedAddresses: { lan: "10.0.0.1" }, Meta: {} };
const index = { CreateIndex: 5, ModifyIndex: 7 };

type Registered = { readonly services: readonly LocalService[]; readonly checks: readonly LocalCheck[] };

const service = (name: string, port = 1) => serviceOf({ Name: name, Port: port });
const check = (name: string, of?: LocalService) =>
  checkOf(
    { Name: name, TTL: 1e9 },
    {
      node: "n1",
      checkId: name,
      ...(of === undefined ? {} : { service: { id: of.ID, name: of.Service, tags: of.Tags } }),
    },
  );

function snapshot({ services, checks }: Registered) {
  return {
    services: new Map(services.map((one) => [one.ID, one])),
    checks: new Map(checks.map((one) => [one.check.CheckID, one])),
  };
}

/** The catalog as it would be after everything registered has been taken over. */
function agreeing({ services, checks }: Registered): CatalogSide {
  const stored = checks.map((one) => ({ ...one.check, ...index }));
  const Node = { ...own, Datacenter: "dc1", TaggedAddresses: { ...own.TaggedAddresses }, Meta: null, ...index };
  const node: NodeRecord = { Node, Checks: stored.filter(({ ServiceID }) => ServiceID === "") };
  const instances: InstanceRecord[] = services.map((one) => ({
    Node,
    Service: { ...one, Meta: null, ...index },
    Checks: stored.filter(({ ServiceID }) => ServiceID === one.ID),
    NodeChecks: node.Checks,
  }));
  return { node, instances };
}

const web = service("web");
const webCheck = check("web-check", web);

describe("syncPlan", () => {
  test("registers the node when the catalog does not know it, though nothing is registered here", () => {
    const plan = syncPlan(own, snapshot({ services: [], checks: [] }), { node: undefined, instances: [] });
    expect(plan.register).toMatchObject([{ Node: "n1", Address: "10.0.0.1" }]);
  });

  test("registers a service with its checks in one request", () => {
    const { node } = agreeing({ services: [], checks: [] });
    const plan = syncPlan(own, snapshot({ services: [web], checks: [webCheck] }), { node, instances: [] });
    expect(plan).toMatchObject({
      register: [{ Service: { ID: "web" }, Checks: [{ CheckID: "web-check" }] }],
      deregister: [],
    });
    expect(plan.register).toHaveLength(1);
  });

  test("sends only the check when only its result differs", () => {
    const failing = { ...webCheck, check: { ...webCheck.check, Status: "passing" as const } };
    const plan = syncPlan(
      own,
      snapshot({ services: [web], checks: [failing] }),
      agreeing({ services: [web], checks: [webCheck] }),
    );
    expect(plan.register).toMatchObject([{ Checks: [{ Status: "passing" }] }]);
    expect(plan.register[0]?.Service).toBeUndefined();
  });

  test("deregisters what the catalog has under this node's name and this agent does not know", () => {
    const stray = service("external");
    const plan = syncPlan(
      own,
      snapshot({ services: [web], checks: [] }),
      agreeing({ services: [web, stray], checks: [webCheck] }),
    );
    expect(plan.deregister).toEqual([
      { Node: "n1", ServiceID: "external" },
      { Node: "n1", CheckID: "web-check" },
    ]);
  });

  test("leaves tags alone that may be overridden in the catalog", () => {
    const overridable = { ...web, EnableTagOverride: true };
    const there = agreeing({ services: [{ ...overridable, Tags: ["theirs"] }], checks: [] });
    const plan = syncPlan(own, snapshot({ services: [overridable], checks: [] }), there);
    expect(plan.register).toEqual([]);
    expect(plan.changedTags).toEqual(new Map([["web", ["theirs"]]]));
    const moved = { ...overridable, Port: 9 };
    expect(syncPlan(own, snapshot({ services: [moved], checks: [] }), there).register).toMatchObject([
      { Service: { Port: 9, Tags: ["theirs"] } },
    ]);
  });

  test("leaves addresses alone that are the catalog's own", () => {
    const virtual = { "consul-virtual": { Address: "240.0.0.1", Port: 1 } };
    const there = agreeing({ services: [{ ...web, TaggedAddresses: virtual }], checks: [] });
    expect(syncPlan(own, snapshot({ services: [web], checks: [] }), there).register).toEqual([]);
    const moved = snapshot({ services: [{ ...web, Port: 9 }], checks: [] });
    expect(syncPlan(own, moved, there).register).toMatchObject([{ Service: { Port: 9, TaggedAddresses: virtual } }]);
  });

  test("defers an output that alone is new until it is due, and no status", () => {
    const there = agreeing({ services: [web], checks: [webCheck] });
    const talking = { ...webCheck, check: { ...webCheck.check, Output: "12:00" } };
    const local = snapshot({ services: [web], checks: [talking] });
    expect(syncPlan(own, local, there, () => false)).toMatchObject({ register: [], deferred: ["web-check"] });
    expect(syncPlan(own, local, there, () => true)).toMatchObject({
      register: [{ Checks: [{ Output: "12:00" }] }],
      deferred: [],
    });
    const passing = { ...talking, check: { ...talking.check, Status: "passing" as const } };
    const changed = snapshot({ services: [web], checks: [passing] });
    expect(syncPlan(own, changed, there, () => false)).toMatchObject({ register: [{}], deferred: [] });
  });

  test("has nothing to do when the catalog agrees, whatever is registered", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"));
    fc.assert(
      fc.property(names, names, (serviceNames, nodeChecks) => {
        const services = serviceNames.map((name) => service(name));
        const checks = [
          ...services.map((one) => check(`${one.ID}-check`, one)),
          ...nodeChecks.map((name) => check(`n-${name}`)),
        ];
        const registered = { services, checks };
        expect(syncPlan(own, snapshot(registered), agreeing(registered))).toEqual({
          register: [],
          deregister: [],
          deferred: [],
          changedTags: new Map(),
        });
      }),
    );
  });
});
