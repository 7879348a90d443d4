import type { IngressGatewayEntry, InstanceRecord, TerminatingGatewayEntry } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GatewayEntry } from "./link-rules.ts";
import { Links, type Row } from "./links.ts";
import { readRegistration } from "./registration.ts";

type Event =
  | { readonly what: "instance"; readonly key: string; readonly instance: InstanceRecord | undefined }
  | {
      readonly what: "entry";
      readonly kind: GatewayEntry["Kind"];
      readonly gateway: string;
      readonly entry: GatewayEntry | undefined;
    };

function instanceOf(Service: object): InstanceRecord {
  const { node, service } = readRegistration({ Node: "n", Address: "1.1.1.1", Service }, "dc1");
  if (service === undefined) throw new Error("a service was given");
  return { Node: node, Service: service, Checks: [], NodeChecks: [] };
}

const entryOf = (Name: string, names: readonly string[]): TerminatingGatewayEntry => ({
  Kind: "terminating-gateway",
  Name,
  Services: names.map((name) => (name === "*" ? { Name: name, CAFile: "/wild" } : { Name: name })),
  CreateIndex: 0,
  ModifyIndex: 0,
});

const ingressOf = (Name: string, listeners: readonly (readonly string[])[]): IngressGatewayEntry => ({
  Kind: "ingress-gateway",
  Name,
  TLS: { Enabled: false },
  Listeners: listeners.map((names, at) => ({
    Port: 80 + at,
    Protocol: "http",
    Services: names.map((service) => ({ Name: service, Hosts: null })),
  })),
  CreateIndex: 0,
  ModifyIndex: 0,
});

const NAMES = ["api", "web", "consul", "tgw"];
const name = fc.constantFrom(...NAMES);
const instance = fc.oneof(
  name.map((Service) => instanceOf({ Service })),
  name.map((Service) => instanceOf({ Service, Connect: { Native: true } })),
  fc
    .tuple(name, name)
    .map(([Service, DestinationServiceName]) =>
      instanceOf({ Kind: "connect-proxy", Service, Port: 1, Proxy: { DestinationServiceName } }),
    ),
  name.map((Service) => instanceOf({ Kind: "terminating-gateway", Service, Port: 1 })),
  name.map((Service) => instanceOf({ Kind: "mesh-gateway", Service, Port: 1 })),
);
const services = fc.uniqueArray(fc.constantFrom(...NAMES, "*"));
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    what: fc.constant("instance" as const),
    key: fc.constantFrom("i1", "i2", "i3", "i4"),
    instance: fc.option(instance, { nil: undefined }),
  }),
  fc.tuple(fc.constantFrom("tgw", "tgw-b"), fc.option(services, { nil: undefined })).map(([gateway, names]) => ({
    what: "entry" as const,
    kind: "terminating-gateway" as const,
    gateway,
    entry: names === undefined ? undefined : entryOf(gateway, names),
  })),
  fc.option(fc.array(services, { maxLength: 2 }), { nil: undefined }).map((listeners) => ({
    what: "entry" as const,
    kind: "ingress-gateway" as const,
    gateway: "igw",
    entry: listeners === undefined ? undefined : ingressOf("igw", listeners),
  })),
);

/** A bucket's derived rows, brought up to date by looking at nothing but what each change says it concerns. */
class Followed {
  readonly links = new Links();
  readonly rows = new Map<string, unknown>();

  take(next: Event): void {
    const marked =
      next.what === "instance"
        ? this.links.setInstance(next.key, next.instance)
        : this.links.setEntry(next.kind, next.gateway, next.entry);
    for (const row of marked) this.#look(row);
  }

  #look(row: Row): void {
    const wanted = this.links.wanted(row);
    const key = [row.kind, ...row.names].join(" ");
    if (wanted === undefined) this.rows.delete(key);
    else this.rows.set(key, wanted);
  }
}

function followed(events: readonly Event[]): Map<string, unknown> {
  const following = new Followed();
  for (const next of events) following.take(next);
  return following.rows;
}

/** What is left of events once each key has had its last one. */
function lastOfEach(events: readonly Event[]): Event[] {
  const last = new Map<string, Event>();
  for (const next of events) last.set(next.what === "instance" ? next.key : next.gateway, next);
  return [...last.values()];
}

describe("derived rows", () => {
  test("follow the last state, whatever came before and in whatever order", () => {
    const history = fc.array(event, { maxLength: 30 });
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (events, random) => {
        const shuffled = lastOfEach(events)
          .map((next) => ({ next, at: random.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ next }) => next);
        expect(followed(events)).toEqual(followed(shuffled));
      }),
    );
  });

  test("are all found by looking at what each change concerns", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const following = new Followed();
        for (const next of events) following.take(next);
        const all = following.links.rows().map((row) => [row.kind, ...row.names].join(" "));
        expect([...following.rows.keys()].sort()).toEqual([...new Set(all)].sort());
      }),
    );
  });

  test("after an entry was added and deleted are those of an entry that never was", () => {
    const entry = services.map((names) => entryOf("brief", names));
    fc.assert(
      fc.property(fc.array(event), entry, fc.array(event), (before, brief, after) => {
        const added: Event = { what: "entry", kind: "terminating-gateway", gateway: "brief", entry: brief };
        const deleted: Event = { what: "entry", kind: "terminating-gateway", gateway: "brief", entry: undefined };
        expect(followed([...before, added, ...after, deleted])).toEqual(followed([...before, ...after]));
      }),
    );
  });

  test("name a mesh gateway's service from its first instance to its last", () => {
    const links = new Links();
    const gateway = instanceOf({ Kind: "mesh-gateway", Service: "mgw", Port: 1 });
    const row: Row = { kind: "mesh-gateway", names: ["mgw"] };
    expect(links.setInstance("a", gateway)).toEqual([row]);
    expect(links.wanted(row)).toEqual({ Service: "mgw" });
    expect(links.setInstance("b", gateway)).toEqual([]);
    expect(links.setInstance("a", undefined)).toEqual([]);
    expect(links.setInstance("b", instanceOf({ Service: "mgw" }))).toEqual([row]);
    expect(links.wanted(row)).toBeUndefined();
  });

  test("concern a registration in a few rows, however many services there are", () => {
    const links = new Links();
    links.setEntry("terminating-gateway", "tgw", entryOf("tgw", ["*"]));
    for (let n = 0; n < 1_000; n++) links.setInstance(`i${n}`, instanceOf({ Service: `s${n}` }));
    expect(links.setInstance("new", instanceOf({ Service: "late" }))).toEqual([
      { kind: "gateway-service", names: ["tgw", "late"] },
      { kind: "connect", names: ["late", "tgw"] },
    ]);
    expect(links.setInstance("newer", instanceOf({ Service: "late", ID: "late-2" }))).toEqual([]);
  });
});
