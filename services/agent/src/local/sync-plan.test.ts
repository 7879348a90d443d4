import { type InstanceRecord, type NodeRecord, serfCheck, serverService } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOf } from "./check-definition.ts";
import type { LocalCheck, LocalService } from "./local-service.ts";
import type { Subject } from "./local-snapshot.ts";
import { serviceOf } from "./service-definition.ts";
import { type CatalogSide, type OwnNode, syncPlan } from "./sync-plan.ts";

const own: OwnNode = { ID: "id", Node: "n1", Address: "10.0.0.1", TaggedAddresses: { lan: "10.0.0.1" }, Meta: {} };
const index = { CreateIndex: 5, ModifyIndex: 7 };
const NOTHING = { outputDue: () => true, blocked: () => false, tokens: new Map() };

const NOT_DUE = { ...NOTHING, outputDue: () => false };

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
  const alive = { ...serfCheck(own.Node), ...index };
  const node: NodeRecord = { Node, Checks: [alive, ...stored.filter(({ ServiceID }) => ServiceID === "")] };
  const known = [serverService(), ...services.map((one) => ({ ...one, Meta: null }))];
  const instances: InstanceRecord[] = known.map((one) => ({
    Node,
    Service: { ...one, ...index },
    Checks: stored.filter(({ ServiceID }) => ServiceID === one.ID),
    NodeChecks: node.Checks,
  }));
  return { node, instances };
}

const web = service("web");
const webCheck = check("web-check", web);

describe("syncPlan", () => {
  test("joins and registers the node when the catalog does not know it, though nothing is registered here", () => {
    const plan = syncPlan(own, snapshot({ services: [], checks: [] }), { node: undefined, instances: [] });
    expect(plan.join).toEqual({ ID: "id", Node: "n1", Address: "10.0.0.1" });
    expect(plan.register).toMatchObject([{ subjects: ["node"], request: { Node: "n1", Address: "10.0.0.1" } }]);
  });

  test("joins again when the catalog has lost that it is alive, or the server, and takes neither away", () => {
    const { node, instances } = agreeing({ services: [], checks: [] });
    const nothing = snapshot({ services: [], checks: [] });
    const planned = (there: CatalogSide) => syncPlan(own, nothing, there);
    expect(planned({ node, instances })).toMatchObject({ join: undefined, register: [], deregister: [] });
    expect(planned({ node, instances: [] })).toMatchObject({ join: { Node: "n1" }, register: [], deregister: [] });
    const lost = node === undefined ? undefined : { ...node, Checks: [] };
    expect(planned({ node: lost, instances })).toMatchObject({ join: { Node: "n1" }, register: [], deregister: [] });
  });

  test("registers by itself what has a token of its own, and nothing that is blocked", () => {
    const [alike, other, ofNode] = [check("alike", web), check("other", web), check("of-node")];
    const local = snapshot({ services: [web], checks: [alike, other, ofNode] });
    const there = agreeing({ services: [], checks: [] });
    const tokens = new Map<Subject, string>([
      ["service web", "t"],
      ["check alike", "t"],
    ]);
    const subjectsBut = (blocked: readonly Subject[]) =>
      syncPlan(own, local, there, { ...NOTHING, tokens, blocked: (one) => blocked.includes(one) }).register.map(
        ({ subjects }) => subjects,
      );
    expect(subjectsBut([])).toEqual([["check of-node"], ["service web", "check alike"], ["check other"]]);
    expect(subjectsBut(["check of-node"])).toEqual([["service web", "check alike"], ["check other"]]);
    expect(subjectsBut(["service web"])).toEqual([["check of-node"]]);
    expect(subjectsBut(["check alike"])).toEqual([["check of-node"], ["service web"], ["check other"]]);
  });

  test("leaves the node as it is with what is registered on it", () => {
    const plan = syncPlan(own, snapshot({ services: [web], checks: [] }), agreeing({ services: [], checks: [] }));
    expect(plan.register).toMatchObject([{ request: { SkipNodeUpdate: true, Service: { ID: "web" } } }]);
  });

  test("registers a service with its checks in one request", () => {
    const plan = syncPlan(
      own,
      snapshot({ services: [web], checks: [webCheck] }),
      agreeing({ services: [], checks: [] }),
    );
    expect(plan).toMatchObject({
      register: [{ request: { Service: { ID: "web" }, Checks: [{ CheckID: "web-check" }] } }],
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
    expect(plan.register).toMatchObject([{ request: { Checks: [{ Status: "passing" }] } }]);
    expect(plan.register[0]?.request.Service).toBeUndefined();
  });

  test("deregisters what the catalog has under this node's name and this agent does not know", () => {
    const stray = service("external");
    const plan = syncPlan(
      own,
      snapshot({ services: [web], checks: [] }),
      agreeing({ services: [web, stray], checks: [webCheck] }),
    );
    expect(plan.deregister).toEqual([
      { subject: "service external", request: { Node: "n1", ServiceID: "external" } },
      { subject: "check web-check", request: { Node: "n1", CheckID: "web-check" } },
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
      { request: { Service: { Port: 9, Tags: ["theirs"] } } },
    ]);
  });

  test("leaves addresses alone that are the catalog's own", () => {
    const virtual = { "consul-virtual": { Address: "240.0.0.1", Port: 1 } };
    const there = agreeing({ services: [{ ...web, TaggedAddresses: virtual }], checks: [] });
    expect(syncPlan(own, snapshot({ services: [web], checks: [] }), there).register).toEqual([]);
    const moved = snapshot({ services: [{ ...web, Port: 9 }], checks: [] });
    expect(syncPlan(own, moved, there).register).toMatchObject([
      { request: { Service: { Port: 9, TaggedAddresses: virtual } } },
    ]);
  });

  test("defers an output that alone is new until it is due, and no status", () => {
    const there = agreeing({ services: [web], checks: [webCheck] });
    const talking = { ...webCheck, check: { ...webCheck.check, Output: "12:00" } };
    const local = snapshot({ services: [web], checks: [talking] });
    expect(syncPlan(own, local, there, NOT_DUE)).toMatchObject({ register: [], deferred: ["web-check"] });
    expect(syncPlan(own, local, there)).toMatchObject({
      register: [{ request: { Checks: [{ Output: "12:00" }] } }],
      deferred: [],
    });
    const passing = { ...talking, check: { ...talking.check, Status: "passing" as const } };
    const changed = snapshot({ services: [web], checks: [passing] });
    expect(syncPlan(own, changed, there, NOT_DUE)).toMatchObject({ register: [{}], deferred: [] });
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
          join: undefined,
          register: [],
          deregister: [],
          deferred: [],
          changedTags: new Map(),
        });
      }),
    );
  });
});
