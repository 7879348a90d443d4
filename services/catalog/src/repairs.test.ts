import type { DeregisterRequest, RegisterRequest } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryCatalog } from "../test/memory-catalog.ts";
import { planDeregistration } from "./plan-deregistration.ts";
import { planRegistration } from "./plan-registration.ts";
import { readRegistration } from "./registration.ts";

const IDS = ["40e4a748-2192-161a-0510-9bf59fe950b5", "50e4a748-2192-161a-0510-9bf59fe950b5", ""];
const SERVICE = fc.record({ Service: fc.constantFrom("web", "api"), ID: fc.constantFrom("1", "2") });
const CHECK = fc.record({
  CheckID: fc.constantFrom("c1", "c2"),
  Name: fc.constant("c"),
  Status: fc.constantFrom("passing", "critical"),
});
const registration: fc.Arbitrary<RegisterRequest> = fc
  .record({
    Node: fc.constantFrom("a", "b"),
    ID: fc.constantFrom(...IDS),
    Address: fc.constantFrom("10.0.0.1", "10.0.0.2"),
    Service: fc.option(SERVICE),
    Check: fc.option(CHECK),
    checksService: fc.boolean(),
  })
  .map(({ checksService, Check, ...request }) => {
    const ServiceID = checksService ? request.Service?.ID : undefined;
    return { ...request, Check: Check === null || ServiceID === undefined ? Check : { ...Check, ServiceID } };
  });
const deregistration: fc.Arbitrary<DeregisterRequest> = fc.oneof(
  fc.record({ Node: fc.constantFrom("a", "b") }),
  fc.record({ Node: fc.constantFrom("a", "b"), ServiceID: fc.constantFrom("1", "2") }),
  fc.record({ Node: fc.constantFrom("a", "b"), CheckID: fc.constantFrom("c1", "c2") }),
);

/** Every check ID of a node with where it is, once for each place. */
function checksOf(catalog: MemoryCatalog): string[] {
  return [...catalog.index.nodeNames()].flatMap((node) => {
    const homes = [catalog.node(node).Checks, ...catalog.index.instancesOn(node).map(({ value }) => value.Checks)];
    return homes.flat().map(({ CheckID }) => `${node} ${CheckID}`);
  });
}

/** Every instance copies a node that is there, and nothing is there twice. */
function expectWhole(catalog: MemoryCatalog): void {
  const ids = [...catalog.index.nodes()].map(({ value }) => value.Node.ID).filter((id) => id !== "");
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(checksOf(catalog)).size).toBe(checksOf(catalog).length);
  for (const node of catalog.index.nodeNames()) {
    const instances = catalog.index.instancesOn(node);
    expect(new Set(instances.map(({ value }) => value.Service.ID)).size).toBe(instances.length);
    for (const { value } of instances)
      expect({ Node: value.Node, Checks: value.NodeChecks }).toEqual(catalog.node(node));
  }
}

describe("after a crash between any two writes", () => {
  const history = fc.array(registration, { maxLength: 8 });

  test("of a registration, all is whole again, and what had been registered is there", () => {
    fc.assert(
      fc.property(history, registration, fc.nat({ max: 4 }), (before, interrupted, steps) => {
        const catalog = new MemoryCatalog();
        for (const request of before) catalog.register(request);
        const keys = catalog.keys();
        const checks = checksOf(catalog);
        const plan = planRegistration(catalog.index, readRegistration(interrupted, "dc1"));
        const intended = new Set([...plan.instanceRemovals, ...plan.nodeRemovals].map(({ names }) => names.join(".")));
        catalog.run(plan, steps);
        catalog.mend();
        expectWhole(catalog);
        const kept = keys.filter((key) => !intended.has(key.slice(key.indexOf(".") + 1)));
        expect(catalog.keys()).toEqual(expect.arrayContaining(kept));
        if (plan.nodeRemovals.length === 0) expect(checksOf(catalog)).toEqual(expect.arrayContaining(checks));
      }),
    );
  });

  test("of a deregistration, all is whole again", () => {
    fc.assert(
      fc.property(history, deregistration, fc.nat({ max: 4 }), (before, interrupted, steps) => {
        const catalog = new MemoryCatalog();
        for (const request of before) catalog.register(request);
        catalog.run(planDeregistration(catalog.index, interrupted), steps);
        catalog.mend();
        expectWhole(catalog);
      }),
    );
  });

  test("asking again completes it, and asking a third time writes nothing", () => {
    fc.assert(
      fc.property(history, registration, fc.nat({ max: 4 }), (before, request, steps) => {
        const catalog = new MemoryCatalog();
        for (const earlier of before) catalog.register(earlier);
        catalog.run(planRegistration(catalog.index, readRegistration(request, "dc1")), steps);
        catalog.mend();
        catalog.register(request);
        expect(catalog.register(request)).toBe(0);
        expectWhole(catalog);
      }),
    );
  });
});

test("a node that is gone although an instance of it is there comes back from the copy", () => {
  const catalog = new MemoryCatalog();
  catalog.register({ Node: "a", Address: "10.0.0.1", Service: { Service: "web" }, Check: { Name: "alive" } });
  const before = catalog.node("a");
  const { nodeRemovals } = planDeregistration(catalog.index, { Node: "a" });
  catalog.run({ node: "a", instanceWrites: [], instanceRemovals: [], nodeRemovals });
  catalog.mend();
  expect(catalog.node("a")).toEqual(before);
});

test("mending what is whole writes nothing", () => {
  const catalog = new MemoryCatalog();
  catalog.register({ Node: "a", Address: "10.0.0.1", Service: { Service: "web" } });
  expect(catalog.mend()).toBe(0);
});
