import type { Stored } from "@causeway/bus";
import type { FederationState } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gateway, stateOf } from "../test/gateway.ts";
import { next, problemOf } from "./verbs.ts";

describe("a state", () => {
  test.each([
    ["with a gateway", {}],
    ["without one", { MeshGateways: [] }],
    ["of a datacenter with a dash", { Datacenter: "dc-2_b", MeshGateways: [gateway({ datacenter: "dc-2_b" })] }],
  ])("%s is legal", (_, facts) => expect(problemOf(stateOf(facts))).toBeUndefined());

  test.each([
    [
      { Datacenter: "DC 2" },
      'Datacenter "DC 2" is no name of a datacenter: use lower case letters, digits, "-" and "_"',
    ],
    [{ Datacenter: "*" }, 'Datacenter "*" is no name of a datacenter: use lower case letters, digits, "-" and "_"'],
    [{ CatalogMade: "" }, 'CatalogMade "" is no time: write it as RFC 3339 says'],
    [{ UpdatedAt: "now" }, 'UpdatedAt "now" is no time: write it as RFC 3339 says'],
    [
      { MeshGateways: [gateway({ datacenter: "dc3" })] },
      'MeshGateways holds "gw", of kind "mesh-gateway" in "dc3": it must be a mesh gateway in "dc2"',
    ],
    [
      { MeshGateways: [gateway({ kind: "ingress-gateway" })] },
      'MeshGateways holds "gw", of kind "ingress-gateway" in "dc2": it must be a mesh gateway in "dc2"',
    ],
  ])("with %j is refused", (facts, problem) => expect(problemOf(stateOf(facts))).toBe(problem));
});

describe("the record that is kept", () => {
  test("is there since its first revision, and changed at its last", () => {
    const first = next(stateOf({ CreateIndex: 70, ModifyIndex: 70 }), undefined);
    expect(first).toMatchObject({ CreateIndex: 0, ModifyIndex: 0 });
    const second = next(stateOf({ CatalogRevision: 8 }), { value: first, revision: 3 });
    expect(second).toMatchObject({ CatalogRevision: 8, CreateIndex: 3, ModifyIndex: 0 });
    expect(next(stateOf({ CatalogRevision: 9 }), { value: second, revision: 5 })).toMatchObject({ CreateIndex: 3 });
  });

  test("stays the very same when what arrives is no newer", () => {
    const value = next(stateOf(), undefined);
    expect(next(stateOf({ UpdatedAt: "2026-01-01T11:00:00Z" }), { value, revision: 3 })).toBe(value);
    expect(next(stateOf({ CatalogRevision: 6 }), { value, revision: 3 })).toBe(value);
  });

  test("says the newest, in whatever order it arrives", () => {
    const version = fc.tuple(fc.constantFrom("2026-01-01T08:00:00Z", "2026-01-01T08:00:00.5Z"), fc.nat({ max: 9 }));
    const published = fc.uniqueArray(version, { selector: String, minLength: 1 }).map((versions) =>
      versions.map(([CatalogMade, CatalogRevision]) => {
        const address = `${CatalogMade}/${CatalogRevision}`;
        return stateOf({ CatalogMade, CatalogRevision, MeshGateways: [gateway({ address })] });
      }),
    );
    const orders = published.chain((states) =>
      fc.tuple(fc.constant(states), fc.shuffledSubarray(states, { minLength: states.length })),
    );
    fc.assert(
      fc.property(orders, ([states, shuffled]) => {
        const indexes = { CreateIndex: 0, ModifyIndex: 0 };
        // Told twice, as replicas do.
        expect({ ...afterAll([...shuffled, ...states]), ...indexes }).toEqual({ ...afterAll(states), ...indexes });
      }),
    );
  });
});

function afterAll(states: readonly FederationState[]): FederationState | undefined {
  let current: Stored<FederationState> | undefined;
  for (const [at, state] of states.entries()) current = { value: next(state, current), revision: at + 1 };
  return current?.value;
}
