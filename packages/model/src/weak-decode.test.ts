import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type WeakShape, weakDecode } from "./weak-decode.ts";

const shape: WeakShape = {
  Name: "text",
  Enabled: "flag",
  Port: "integer",
  ConnectTimeout: "duration",
  Interval: "nanoseconds",
  Datacenters: "texts",
  Meta: "text map",
  Config: "opaque map",
  MeshGateway: { object: { Mode: "text" } },
  Services: { listOf: { Name: "text", CAFile: "text" } },
  Subsets: { mapOf: { Filter: "text" } },
};

const read: readonly (readonly [string, unknown, object])[] = [
  [
    "snake_case and any case",
    { name: "a", mesh_gateway: { mode: "local" } },
    { Name: "a", MeshGateway: { Mode: "local" } },
  ],
  ["acronyms", { services: [{ ca_file: "/ca" }] }, { Services: [{ CAFile: "/ca" }] }],
  ["one object for a list", { Services: { Name: "a" } }, { Services: [{ Name: "a" }] }],
  ["a list of one for an object", { MeshGateway: [{ Mode: "none" }] }, { MeshGateway: { Mode: "none" } }],
  ["numbers for texts and texts for numbers", { Name: 12, Port: "80" }, { Name: "12", Port: 80 }],
  ["texts for flags", { Enabled: "true" }, { Enabled: true }],
  ["durations in nanoseconds", { ConnectTimeout: 15e9 }, { ConnectTimeout: "15s" }],
  ["durations into nanoseconds", { Interval: "1.5s" }, { Interval: 1.5e9 }],
  ["nanoseconds as they are", { interval: 15e9 }, { Interval: 15e9 }],
  ["one text for several", { Datacenters: "dc2" }, { Datacenters: ["dc2"] }],
  ["null as absent", { Name: null, Services: null }, {}],
  ["opaque maps as they are", { Config: { a: [1, { b: true }] } }, { Config: { a: [1, { b: true }] } }],
  ["maps of objects", { Subsets: { v1: { filter: "x" } } }, { Subsets: { v1: { Filter: "x" } } }],
];

const refused: readonly (readonly [unknown, string])[] = [
  [{ Bogus: 1 }, 'invalid config key "Bogus"'],
  [{ Services: [{ Name: "a" }, { Bogus: 1 }] }, 'invalid config key "Services[1].Bogus"'],
  [
    { Services: [{ Namespace: "x" }] },
    'invalid config key "Services[0].Namespace", namespaces are a consul enterprise feature',
  ],
  [{ Services: "a" }, "'Services[0]' expected a map, got 'string'"],
  [{ Name: {} }, "'Name' expected type 'string', got unconvertible type 'map'"],
  [{ Port: "eighty" }, "'Port' expected type 'int', got unconvertible type 'string'"],
  [{ ConnectTimeout: "abc" }, "error decoding 'ConnectTimeout': time: invalid duration abc"],
  [{ Interval: "soon" }, "error decoding 'Interval': time: invalid duration soon"],
];

describe("weakDecode", () => {
  for (const [name, raw, value] of read) {
    test(`reads ${name}`, () => expect(weakDecode(shape, raw)).toEqual({ kind: "read", value }));
  }
  for (const [raw, problem] of refused) {
    test(`refuses ${JSON.stringify(raw)}`, () => expect(weakDecode(shape, raw)).toMatchObject({ problems: [problem] }));
  }

  test("gives what is known beside what is not", () => {
    const raw = { Name: "a", MeshGateway: { mode: "local", Bogus: 1 } };
    expect(weakDecode(shape, raw)).toMatchObject({ value: { Name: "a", MeshGateway: { Mode: "local" } } });
  });

  test("gives an answer to anything at all", () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => ["read", "unreadable", "unknown keys"].includes(weakDecode(shape, raw).kind)),
    );
  });
});
