import { Refusal } from "@causeway/bus";
import type { RegisterRequest } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { MemoryCatalog } from "../test/memory-catalog.ts";

const id = "40e4a748-2192-161a-0510-9bf59fe950b5";
const otherId = "50e4a748-2192-161a-0510-9bf59fe950b5";
const legacy = { Node: "legacy", Address: "10.1.1.1" };
const billing = { ID: "billing1", Service: "billing", Port: 8_443, Tags: ["v1"] };
const check = { CheckID: "service:billing1", Name: "http-check", Status: "passing", ServiceID: "billing1" };

function holding(...requests: readonly RegisterRequest[]): MemoryCatalog {
  const catalog = new MemoryCatalog();
  for (const request of requests) catalog.register(request);
  return catalog;
}

describe("registering", () => {
  test("a node, a service and its check are two records", () => {
    const catalog = holding({ ...legacy, Service: billing, Check: check });
    expect(catalog.keys()).toEqual(["instance.billing.legacy.billing1", "node.legacy"]);
    expect(catalog.check("legacy", "service:billing1")).toMatchObject({
      ServiceName: "billing",
      ServiceTags: ["v1"],
      Status: "passing",
    });
  });

  test("an instance holds a copy of its node and of the node's checks", () => {
    const catalog = holding({ ...legacy, Service: billing, Check: { Name: "alive", Status: "passing" } });
    const { Node, NodeChecks } = catalog.instance("legacy", "billing1");
    expect({ Node, Checks: NodeChecks }).toEqual(catalog.node("legacy"));
  });

  test("the same again writes nothing", () => {
    const request = { ...legacy, Service: billing, Checks: [check, { Name: "alive" }] };
    expect(holding(request).register(request)).toBe(0);
  });

  test("a service again keeps its checks and their status", () => {
    const catalog = holding({ ...legacy, Service: billing, Check: check });
    expect(catalog.register({ ...legacy, Service: { ...billing, Port: 9_443, Tags: [] } })).toBe(1);
    expect(catalog.instance("legacy", "billing1").Service).toMatchObject({ Port: 9_443, Tags: [] });
    expect(catalog.check("legacy", "service:billing1")).toMatchObject({ Status: "passing", ServiceTags: ["v1"] });
  });

  test("each part has its own indexes, and only what changed gets a new one", () => {
    const catalog = holding({ ...legacy, Service: billing, Check: check });
    catalog.register({ ...legacy, Check: { ...check, Status: "critical" } });
    const { Node, Service, Checks } = catalog.instance("legacy", "billing1");
    expect(Node).toMatchObject({ CreateIndex: 1, ModifyIndex: 1 });
    expect(Service).toMatchObject({ CreateIndex: 2, ModifyIndex: 2 });
    expect(Checks[0]).toMatchObject({ CreateIndex: 2, ModifyIndex: 3, Status: "critical" });
  });

  test("a service under another name moves, and takes its checks along", () => {
    const catalog = holding({ ...legacy, Service: billing, Check: check });
    catalog.register({ ...legacy, Service: { ...billing, Service: "invoices" } });
    expect(catalog.keys()).toEqual(["instance.invoices.legacy.billing1", "node.legacy"]);
    expect(catalog.check("legacy", "service:billing1").ServiceName).toBe("invoices");
    expect(catalog.instance("legacy", "billing1").Service).toMatchObject({ CreateIndex: 2, ModifyIndex: 3 });
  });

  test("a check moves from its node to a service and back", () => {
    const catalog = holding({ ...legacy, Service: billing, Check: { CheckID: "c", Name: "c" } });
    catalog.register({ ...legacy, Check: { CheckID: "c", Name: "c", ServiceID: "billing1" } });
    expect(catalog.check("legacy", "c").ServiceID).toBe("billing1");
    catalog.register({ ...legacy, Check: { CheckID: "c", Name: "c" } });
    expect(catalog.check("legacy", "c").ServiceID).toBe("");
  });

  test("names do not differ by case", () => {
    const catalog = holding({ ...legacy, Service: billing });
    catalog.register({ Node: "LEGACY", Address: "10.1.1.1", Service: { ...billing, ID: "Billing1" } });
    expect(catalog.keys()).toEqual(["instance.billing.legacy.Billing1", "node.legacy"]);
  });

  test("SkipNodeUpdate leaves a node as it is, and makes one that is missing", () => {
    const catalog = holding(legacy, { Node: "legacy", Address: "10.9.9.9", SkipNodeUpdate: true });
    expect(catalog.node("legacy").Node.Address).toBe("10.1.1.1");
    catalog.register({ Node: "new", SkipNodeUpdate: true });
    expect(catalog.node("new").Node.Address).toBe("");
  });

  test("a change of the node reaches every instance on it", () => {
    const catalog = holding({ ...legacy, Service: billing }, { ...legacy, Service: { Service: "web" } });
    catalog.register({ Node: "legacy", Address: "10.1.1.2", Check: { Name: "alive" } });
    for (const instance of ["billing1", "web"]) {
      const { Node, NodeChecks, Service } = catalog.instance("legacy", instance);
      expect({ Node, Checks: NodeChecks }).toEqual(catalog.node("legacy"));
      expect(Service.ModifyIndex).toBeLessThan(Node.ModifyIndex);
    }
  });
});

describe("a refused registration changes nothing", () => {
  const refusals = [
    {
      name: "a check of a service that is not there",
      request: { ...legacy, Service: { Service: "web" }, Check: { ...check, ServiceID: "nope" } },
      text: 'failed inserting check: Missing service registration on node "legacy"',
    },
    {
      name: "a check of another node",
      request: { ...legacy, Service: { Service: "web" }, Check: { ...check, Node: "other" } },
      text: 'check node "other" does not match node "legacy"',
    },
    {
      name: "a check without a name",
      request: { ...legacy, Service: { Service: "web" }, Check: { Status: "passing" } },
      text: 'failed inserting check: failed inserting check: object missing primary index on node "legacy"',
    },
  ];
  for (const { name, request, text } of refusals) {
    test(name, () => {
      const catalog = holding({ ...legacy, Service: billing });
      const before = catalog.revision;
      expect(() => catalog.register(request)).toThrow(new Refusal(500, text));
      expect(catalog.revision).toBe(before);
    });
  }
});

describe("a node's identity", () => {
  const serfHealth = (Status: string) => ({ CheckID: "serfHealth", Name: "Serf Health Status", Status });

  test("a UUID with another name renames the node, and what was on it is gone", () => {
    const catalog = holding({ ...legacy, ID: id, Service: billing });
    catalog.register({ Node: "modern", Address: "10.1.1.1", ID: id });
    expect(catalog.keys()).toEqual(["node.modern"]);
    expect(catalog.node("modern").Node).toMatchObject({ CreateIndex: 1, ID: id });
  });

  test("a node without a UUID may be given one", () => {
    const catalog = holding({ ...legacy, Check: serfHealth("passing") });
    catalog.register({ ...legacy, ID: id });
    expect(catalog.node("legacy").Node.ID).toBe(id);
  });

  test("the name of a live node is reserved for its UUID", () => {
    const catalog = holding({ ...legacy, ID: id, Check: serfHealth("passing") });
    const reserved = `Node name legacy is reserved by node ${id} with name legacy (10.1.1.1)`;
    const text = `failed inserting node: Error while renaming Node ID: "${otherId}": ${reserved}`;
    expect(() => catalog.register({ ...legacy, ID: otherId })).toThrow(new Refusal(500, text));
  });

  test("a live node cannot be overtaken by renaming another", () => {
    const catalog = holding(
      { ...legacy, ID: id, Check: serfHealth("passing") },
      { Node: "second", Address: "10.1.1.9", ID: otherId },
    );
    const reserved = `Node name legacy is reserved by node ${id} with name legacy (10.1.1.1)`;
    const text = `failed inserting node: Error while renaming Node ID: "${otherId}" (10.1.1.9): ${reserved}`;
    expect(() => catalog.register({ Node: "legacy", Address: "10.1.1.9", ID: otherId })).toThrow(
      new Refusal(500, text),
    );
  });

  for (const status of ["critical", undefined]) {
    test(`a node whose agent is ${status ?? "unknown"} gives its name up`, () => {
      const catalog = holding({ ...legacy, ID: id, ...(status === undefined ? {} : { Check: serfHealth(status) }) });
      catalog.register({ ...legacy, ID: otherId });
      expect(catalog.node("legacy").Node.ID).toBe(otherId);
    });
  }
});

describe("deregistering", () => {
  const full = { ...legacy, Service: billing, Checks: [check, { CheckID: "alive", Name: "alive" }] };

  test("a service goes with its checks", () => {
    const catalog = holding(full);
    catalog.deregister({ Node: "Legacy", ServiceID: "BILLING1" });
    expect(catalog.keys()).toEqual(["node.legacy"]);
    expect(catalog.index.checkHome("legacy", "service:billing1")).toBeUndefined();
  });

  test("a check of a service goes alone", () => {
    const catalog = holding(full);
    catalog.deregister({ Node: "legacy", CheckID: "service:billing1" });
    expect(catalog.instance("legacy", "billing1").Checks).toEqual([]);
    expect(catalog.node("legacy").Checks).toHaveLength(1);
  });

  test("a check of a node goes from its instances' copies too", () => {
    const catalog = holding(full);
    catalog.deregister({ Node: "legacy", CheckID: "alive" });
    expect(catalog.instance("legacy", "billing1").NodeChecks).toEqual([]);
  });

  test("a node goes with all that is on it", () => {
    const catalog = holding(full, { ...legacy, Service: { Service: "web" } });
    catalog.deregister({ Node: "legacy" });
    expect(catalog.keys()).toEqual([]);
  });

  test("a service counts before a check", () => {
    const catalog = holding(full);
    catalog.deregister({ Node: "legacy", ServiceID: "nope", CheckID: "alive" });
    expect(catalog.node("legacy").Checks).toHaveLength(1);
  });

  const absent = [{ Node: "nope" }, { Node: "legacy", ServiceID: "nope" }, { Node: "legacy", CheckID: "nope" }];
  for (const request of absent) {
    test(`what is not there is no error: ${JSON.stringify(request)}`, () => {
      expect(holding(full).deregister(request)).toBe(0);
    });
  }

  test("no node is refused", () => {
    expect(() => holding().deregister({ ServiceID: "billing1" })).toThrow(new Refusal(500, "Must provide node"));
  });
});
