import { expect, test } from "vitest";
import { FederationView, STATES_TOPIC } from "./federation-view.ts";

function applied(...changes: readonly (readonly [revision: number, datacenter: string, present?: boolean])[]) {
  const view = new FederationView();
  for (const [revision, Datacenter, present = true] of changes) {
    const made = { UpdatedAt: "2026-01-01T00:00:00Z", CatalogMade: "2026-01-01T00:00:00Z", CatalogRevision: 1 };
    const value = { Datacenter, MeshGateways: [], ...made, CreateIndex: 0, ModifyIndex: 0 };
    view.apply({ kind: "state", names: [Datacenter], revision, record: present ? { value, revision } : undefined });
  }
  return view;
}

test("states are listed by datacenter, with the revision that they were written at", () => {
  const view = applied([1, "dc2"], [2, "dc1"], [3, "dc2"]);
  expect(view.states().map(({ Datacenter, ModifyIndex }) => [Datacenter, ModifyIndex])).toEqual([
    ["dc1", 2],
    ["dc2", 3],
  ]);
  expect(view.state("dc1")).toMatchObject({ Datacenter: "dc1" });
  expect(view.topics.index([STATES_TOPIC])).toBe(3);
});

test("a datacenter that is forgotten is gone", () => {
  const view = applied([1, "dc2"], [5, "dc2", false]);
  expect(view.states()).toEqual([]);
  expect(view.state("dc2")).toBeUndefined();
  expect(view.topics.index([STATES_TOPIC])).toBe(5);
});
