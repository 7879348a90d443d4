import type { CatalogOperation } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { MemoryCatalog } from "../test/memory-catalog.ts";
import { REHEARSED } from "./rehearsal.ts";
import { rehearse, settled } from "./transaction.ts";

type Operation = Omit<CatalogOperation, "Verb" | "Part">;
const UUID = "40e4a748-2192-161a-0510-9bf59fe950b5";

const ofNode = (Verb: string, Node: string, more: object = {}, Index?: number) =>
  operation(Verb, "Node", { Registration: { Node, Address: "10.0.0.9", ...more } }, Index);
const ofService = (Verb: string, Node: string, Service: object, Index?: number) =>
  operation(Verb, "Service", { Registration: { Node, Service } }, Index);
const ofCheck = (Verb: string, Node: string, Check: object, Index?: number) =>
  operation(Verb, "Check", { Registration: { Node, Check } }, Index);

function operation(Verb: string, Part: CatalogOperation["Part"], rest: Operation, Index?: number): CatalogOperation {
  return { Verb, Part, ...rest, ...(Index === undefined ? {} : { Index }) };
}

/** Node n with the service web at revision 2, and its check c at revision 3. */
function started(): MemoryCatalog {
  const catalog = new MemoryCatalog();
  catalog.register({ Node: "n", ID: UUID, Address: "10.0.0.1" });
  catalog.register({ Node: "n", SkipNodeUpdate: true, Service: { ID: "web1", Service: "web", Port: 80 } });
  catalog.register({ Node: "n", SkipNodeUpdate: true, Check: { CheckID: "c", Status: "passing", ServiceID: "web1" } });
  return catalog;
}

/** Carries out what a rehearsal found feasible. */
function done(catalog: MemoryCatalog, ...operations: CatalogOperation[]) {
  const { errors, results, steps } = rehearse(catalog.index, operations, "dc1");
  expect(errors).toEqual([]);
  for (const step of steps) catalog.run(step(catalog.index));
  catalog.mend();
  return results.map((result) => settled(catalog.index, result));
}

describe("an operation fails", () => {
  test.each<readonly [CatalogOperation, string]>([
    [ofNode("get", "none"), 'node "none" doesn\'t exist'],
    [ofNode("cas", "n", {}, 0), 'failed to set node "n", index is stale'],
    [ofNode("cas", "none", {}, 7), 'failed to set node "none", index is stale'],
    [ofNode("delete-cas", "n", {}, 9), 'failed to delete node "n", index is stale'],
    [ofNode("delete-cas", "none", {}, 0), 'failed to delete node "none", index is stale'],
    [ofNode("set", ""), "Must provide node"],
    [ofNode("set", "n", { ID: "x" }), "Bad node ID: uuid string is wrong length"],
    [ofNode("lock", "n"), 'unknown Node verb "lock"'],
    [ofService("get", "n", { ID: "db" }), 'service "db" on node "n" doesn\'t exist'],
    [
      ofService("cas", "n", { ID: "web1", Service: "web" }, 1),
      'failed to set service "web1" on node "n", index is stale',
    ],
    [ofService("delete-cas", "n", { ID: "web1" }, 1), 'failed to delete service "web1" on node "n", index is stale'],
    [ofService("set", "none", { Service: "web" }), "Missing node registration"],
    [ofService("set", "n", { ID: "web1" }), "Must provide service name with ID"],
    [ofService("delete", "n", {}), "Must provide the service ID"],
    [ofCheck("get", "n", { CheckID: "d" }), 'check "d" on node "n" doesn\'t exist'],
    [ofCheck("cas", "n", { CheckID: "c" }, 2), 'failed to set check "c" on node "n", index is stale'],
    [ofCheck("set", "n", { CheckID: "d", ServiceID: "db" }), "Missing service registration"],
    [ofCheck("set", "n", { CheckID: "d", Status: "fine" }), "Invalid check status: 'fine'"],
  ])("%j: %s", (failing, What) => {
    const { errors } = rehearse(started().index, [ofNode("get", "n"), failing], "dc1");
    expect(errors).toEqual([{ OpIndex: 1, What }]);
  });
});

test("every failure is told, and nothing of a transaction with one is written", () => {
  const catalog = started();
  const before = catalog.revision;
  const { errors } = rehearse(catalog.index, [ofNode("set", "m"), ofNode("get", "x"), ofNode("get", "y")], "dc1");
  expect(errors.map(({ OpIndex }) => OpIndex)).toEqual([1, 2]);
  expect(catalog.revision).toBe(before);
});

test("operations see what those before them did", () => {
  const catalog = started();
  const results = done(
    catalog,
    ofNode("set", "m", { Address: "" }),
    ofService("cas", "m", { Service: "db", Port: 5_432 }, 0),
    ofCheck("set", "m", { Name: "disk", ServiceID: "db" }),
    ofService("get", "m", { ID: "db" }),
    ofService("delete", "n", { ID: "web1" }),
  );
  expect(results).toMatchObject([
    { Node: { Node: "m", Address: "" } },
    { Service: { ID: "db", Port: 5_432 } },
    { Check: { CheckID: "disk", Status: "critical", ServiceName: "db" } },
    { Service: { ID: "db" } },
  ]);
  const told = results.flatMap(({ Node, Service, Check }) => [Node ?? Service ?? Check].flat());
  for (const part of told) expect(part?.ModifyIndex).toBeLessThan(REHEARSED);
  expect(catalog.keys()).toEqual(["instance.db.m.db", "node.m", "node.n"]);
});

test("an index that fits lets pass, each part by its own", () => {
  const catalog = started();
  const web = catalog.instance("n", "web1");
  const [check] = web.Checks;
  done(
    catalog,
    ofCheck("cas", "n", { CheckID: "c", Status: "warning", ServiceID: "web1" }, check?.ModifyIndex),
    ofService("cas", "n", { ID: "web1", Service: "web", Port: 81 }, web.Service.ModifyIndex),
  );
  expect(catalog.check("n", "c").Status).toBe("warning");
  expect(catalog.instance("n", "web1").Service.Port).toBe(81);
});

test("what the transaction itself has set has no index that a client could know", () => {
  const twice = [ofNode("set", "m"), ofNode("cas", "m", {}, 4)];
  expect(rehearse(started().index, twice, "dc1").errors).toHaveLength(1);
});

test("a node takes all that is on it with it, and one that is set under another name is renamed", () => {
  const catalog = started();
  done(catalog, ofNode("set", "renamed", { ID: UUID }));
  expect(catalog.keys()).toEqual(["node.renamed"]);
  const again = started();
  done(again, ofNode("delete", "n"), ofNode("delete", "never-there"));
  expect(again.keys()).toEqual([]);
});

test("what is there already is not written, and told at its index", () => {
  const catalog = started();
  const same = ofService("set", "n", { ID: "web1", Service: "web", Port: 80 });
  const { steps } = rehearse(catalog.index, [same], "dc1");
  expect(steps).toEqual([]);
  expect(done(catalog, same)).toMatchObject([{ Service: { ModifyIndex: 2 } }]);
});
