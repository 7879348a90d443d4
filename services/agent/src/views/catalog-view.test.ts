import type { Change } from "@causeway/bus";
import type { CatalogService } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOf, linkOf, nodeOf, serviceOf } from "../../test/catalog-records.ts";
import { connectInstances, ingressInstances } from "../endpoints/connect-instances.ts";
import { catalogTopics as about } from "./catalog-topics.ts";
import { CatalogView } from "./catalog-view.ts";

/** A change as the bucket reports it; no value stands for a delete. */
function change(revision: number, kind: string, names: readonly string[], value?: unknown): Change<unknown> {
  return { kind, names, revision, record: value === undefined ? undefined : { value, revision } };
}

function instance(service: CatalogService, node: string, { critical = false } = {}): unknown {
  return {
    Node: nodeOf(node),
    Service: service,
    Checks: critical ? [checkOf("svc", "critical")] : [],
    NodeChecks: [],
  };
}

const sidecar = (destination: string) =>
  serviceOf("proxy", { Kind: "connect-proxy", Proxy: { DestinationServiceName: destination } });

describe("the catalog", () => {
  test("finds names whatever their case", () => {
    const view = new CatalogView();
    view.apply(change(1, "node", ["N1"], { Node: nodeOf("N1"), Checks: [] }));
    view.apply(change(2, "instance", ["Web", "N1", "Web"], instance(serviceOf("Web"), "N1")));
    expect(view.node("n1")?.Node.Node).toBe("N1");
    expect(view.instancesOf("wEB")).toHaveLength(1);
    expect(view.instancesOn("n1")).toHaveLength(1);
  });

  test("gives parts that were written with index 0 the revision of their entry", () => {
    const view = new CatalogView();
    view.apply(change(7, "node", ["n"], { Node: nodeOf("n", { CreateIndex: 3 }), Checks: [] }));
    expect(view.node("n")?.Node).toMatchObject({ CreateIndex: 3, ModifyIndex: 7 });
  });

  test("keeps the wildcard of a gateway to itself", () => {
    const view = new CatalogView();
    view.apply(change(1, "gateway-service", ["gw", "*"], linkOf("gw", "*")));
    expect(view.servicesOf("gw")).toEqual([]);
  });

  test("names who takes mesh connections: sidecars, native instances, gateways that are linked", () => {
    const view = new CatalogView();
    view.apply(change(1, "instance", ["proxy", "n", "p"], instance(sidecar("web"), "n")));
    view.apply(
      change(2, "instance", ["web", "n", "w"], instance(serviceOf("web", { Connect: { Native: true } }), "n")),
    );
    view.apply(change(3, "instance", ["web", "n", "plain"], instance(serviceOf("web", { ID: "plain" }), "n")));
    view.apply(
      change(4, "instance", ["gw", "n", "gw"], instance(serviceOf("gw", { Kind: "terminating-gateway" }), "n")),
    );
    view.apply(change(5, "gateway-service", ["gw", "web"], linkOf("gw", "web")));
    view.apply(change(6, "gateway-service", ["in", "web"], linkOf("in", "web", { GatewayKind: "ingress-gateway" })));
    const names = connectInstances(view, "web").value.map(({ Service }) => Service.ID);
    expect(names).toEqual(["proxy", "web", "gw"]);
  });

  test("tells a service that an ingress gateway has on two ports twice, and its instances once", () => {
    const view = new CatalogView();
    for (const [at, Port] of [80, 443].entries()) {
      const link = linkOf("in", "web", { GatewayKind: "ingress-gateway", Port });
      view.apply(change(at + 1, "gateway-service", ["in", "web", String(Port)], link));
    }
    view.apply(change(3, "instance", ["in", "n", "in"], instance(serviceOf("in", { Kind: "ingress-gateway" }), "n")));
    expect(view.servicesOf("in")).toHaveLength(2);
    expect(ingressInstances(view, "web").value).toHaveLength(1);
    view.apply(change(4, "gateway-service", ["in", "web", "80"]));
    expect(view.servicesOf("in").map(({ Port }) => Port)).toEqual([443]);
  });

  const wakes: readonly {
    readonly name: string;
    readonly next: Change<unknown>;
    readonly wakes: readonly string[];
    readonly not: readonly string[];
  }[] = [
    {
      name: "a check of an instance",
      next: change(9, "instance", ["web", "n", "web"], instance(serviceOf("web"), "n", { critical: true })),
      wakes: [about.health("web"), about.serviceChecks("web"), about.nodeChecks("n"), about.checks],
      not: [about.service("web"), about.services, about.node("n"), about.health("db"), about.nodes],
    },
    {
      name: "a port of an instance",
      next: change(9, "instance", ["web", "n", "web"], instance(serviceOf("web", { Port: 81 }), "n")),
      wakes: [about.health("web"), about.service("web"), about.services, about.node("n")],
      not: [about.checks, about.service("db"), about.nodeChecks("n"), about.nodes],
    },
    {
      name: "an instance of another service",
      next: change(9, "instance", ["db", "n", "db"], instance(serviceOf("db"), "n")),
      wakes: [about.health("db"), about.services, about.node("n")],
      not: [about.health("web"), about.service("web"), about.connect("db")],
    },
    {
      name: "a sidecar",
      next: change(9, "instance", ["proxy", "n", "proxy"], instance(sidecar("db"), "n")),
      wakes: [about.connect("db"), about.health("proxy")],
      not: [about.connect("web"), about.health("db")],
    },
    {
      name: "a node's address",
      next: change(9, "node", ["n"], { Node: nodeOf("n", { Address: "10.9.9.9" }), Checks: [] }),
      wakes: [about.nodes, about.node("n")],
      not: [about.nodeChecks("n"), about.checks, about.services],
    },
    {
      name: "a node's check",
      next: change(9, "node", ["n"], { Node: nodeOf("n"), Checks: [checkOf("serfHealth")] }),
      wakes: [about.nodeChecks("n"), about.checks],
      not: [about.nodes, about.node("n")],
    },
    {
      name: "a link of a gateway",
      next: change(9, "gateway-service", ["gw", "db"], linkOf("gw", "db")),
      wakes: [about.gateway("gw"), about.linked("db")],
      not: [about.linked("web"), about.services],
    },
    {
      name: "a record that says what it said before",
      next: change(9, "node", ["n"], { Node: nodeOf("n"), Checks: [] }),
      wakes: [],
      not: [about.nodes, about.node("n"), about.nodeChecks("n"), about.checks],
    },
  ];
  for (const { name, next, wakes: woken, not } of wakes) {
    test(`${name} wakes only those whom it concerns`, () => {
      const view = new CatalogView();
      view.apply(change(1, "node", ["n"], { Node: nodeOf("n"), Checks: [] }));
      view.apply(change(2, "instance", ["web", "n", "web"], instance(serviceOf("web"), "n")));
      const heard = new Set<string>();
      for (const topic of [...woken, ...not]) view.topics.subscribe([topic], () => heard.add(topic));
      view.apply(next);
      expect([...heard].sort()).toEqual([...woken].sort());
    });
  }
});

/** One step of a history: a record of a small world is written anew, or taken away. */
const NODES = ["n1", "n2"];
const SERVICES = ["web", "db"];
const step = fc.oneof(
  fc.record({
    kind: fc.constant("node"),
    names: fc.constantFrom(...NODES).map((name) => [name]),
    value: fc.record({ Meta: fc.constantFrom(null, { a: "b" }), critical: fc.boolean() }),
    gone: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("instance"),
    names: fc.tuple(fc.constantFrom(...SERVICES, "gw"), fc.constantFrom(...NODES), fc.constantFrom("1", "2")),
    value: fc.record({
      Port: fc.integer({ min: 1, max: 2 }),
      to: fc.constantFrom("", ...SERVICES),
      critical: fc.boolean(),
    }),
    gone: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("gateway-service"),
    names: fc.tuple(fc.constantFrom("gw", "in"), fc.constantFrom(...SERVICES)),
    value: fc.record({ SNI: fc.constantFrom("a", "b") }),
    gone: fc.boolean(),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function changeOf({ kind, names, value, gone }: Step, revision: number): Change<unknown> {
  return change(revision, kind, names, gone ? undefined : recordOf(kind, names, value as Record<string, unknown>));
}

function recordOf(kind: string, names: readonly string[], value: Record<string, unknown>): unknown {
  const [first = "", second = "", third = ""] = names;
  const checks = value["critical"] === true ? [checkOf("c", "critical")] : [];
  if (kind === "node") return { Node: nodeOf(first, { Meta: value["Meta"] as null }), Checks: checks };
  if (kind === "gateway-service") {
    return linkOf(first, second, { ...value, GatewayKind: first === "gw" ? "terminating-gateway" : "ingress-gateway" });
  }
  const to = value["to"] as string;
  const proxy = to === "" ? {} : ({ Kind: "connect-proxy", Proxy: { DestinationServiceName: to } } as const);
  const kindOf = first === "gw" ? ({ Kind: "terminating-gateway" } as const) : proxy;
  const service = serviceOf(first, { ID: third, Port: value["Port"] as number, ...kindOf });
  return { Node: nodeOf(second), Service: service, Checks: checks, NodeChecks: [] };
}

/** What endpoints read of the view, each with the topics that they wait for. */
function readings(
  view: CatalogView,
): ReadonlyMap<string, { readonly topics: readonly string[]; readonly value: unknown }> {
  const all = new Map<string, { readonly topics: readonly string[]; readonly value: unknown }>();
  all.set("nodes", { topics: [about.nodes], value: view.nodes().map(({ Node }) => Node) });
  all.set("services", {
    topics: [about.services],
    value: view.services().map((list) => list.map(({ Service }) => Service)),
  });
  for (const name of NODES) {
    const value = { node: view.node(name)?.Node, services: view.instancesOn(name).map(({ Service }) => Service) };
    all.set(`node ${name}`, { topics: [about.node(name)], value });
  }
  for (const name of [...SERVICES, "gw"]) {
    const list = view.instancesOf(name);
    all.set(`service ${name}`, { topics: [about.service(name)], value: list.map(({ Service }) => Service) });
    all.set(`health ${name}`, { topics: [about.health(name)], value: list });
    all.set(`checks ${name}`, { topics: [about.serviceChecks(name)], value: list.flatMap(({ Checks }) => Checks) });
    all.set(`connect ${name}`, connectInstances(view, name));
    all.set(`ingress ${name}`, ingressInstances(view, name));
  }
  for (const name of ["gw", "in"]) {
    all.set(`gateway ${name}`, { topics: [about.gateway(name)], value: view.servicesOf(name) });
  }
  return all;
}

describe("any history of the catalog", () => {
  test("raises the index of each answer that it changes, and wakes who waits for it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const view = new CatalogView();
        steps.forEach((next, at) => {
          const before = readings(view);
          const indexes = new Map([...before].map(([name, { topics }]) => [name, view.topics.index(topics)]));
          const woken = new Set<string>();
          const leave = [...before].map(([name, { topics }]) => view.topics.subscribe(topics, () => woken.add(name)));
          const texts = new Map([...before].map(([name, { value }]) => [name, withoutIndexes(value)]));
          view.apply(changeOf(next, at + 2));
          for (const stop of leave) stop();
          for (const [name, { topics, value }] of readings(view)) {
            const index = view.topics.index(topics);
            expect(index).toBeGreaterThanOrEqual(indexes.get(name) ?? 1);
            if (withoutIndexes(value) === texts.get(name)) continue;
            expect(index, name).toBeGreaterThan(indexes.get(name) ?? 1);
            expect(woken, name).toContain(name);
          }
        });
      }),
    );
  });

  test("ends in the same catalog whatever the order in which its keys were told", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const told = steps.map((next, at) => changeOf(next, at + 2));
        const inOrder = new CatalogView();
        for (const next of told) inOrder.apply(next);
        // One key after the other, each with its own history in order.
        const byKey = new CatalogView();
        for (const list of Map.groupBy(told, ({ kind, names }) => `${kind} ${names.join(" ")}`).values()) {
          for (const next of list) byKey.apply(next);
        }
        for (const [name, { value }] of readings(inOrder))
          expect(readings(byKey).get(name)?.value, name).toEqual(value);
      }),
    );
  });
});

function withoutIndexes(value: unknown): string {
  return (
    JSON.stringify(value, (key, part) => (key === "CreateIndex" || key === "ModifyIndex" ? undefined : part)) ?? ""
  );
}
