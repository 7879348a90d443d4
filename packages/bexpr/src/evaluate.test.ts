import { describe, expect, test } from "vitest";
import {
  checkServiceNodeFields,
  healthCheckFields,
  intentionFields,
  nodeFields,
  serviceDefaultsFields,
  serviceNodeFields,
} from "./consul-fields.ts";
import { FilterError } from "./errors.ts";
import { compileFilter, evaluate } from "./evaluate.ts";
import type { Fields } from "./fields.ts";
import { parseFilter } from "./grammar.ts";

/** Instances as `/v1/catalog/service` gives them; what Go leaves out when it is empty is left out here. */
const instances = [
  {
    ServiceID: "f1",
    ServiceName: "flt",
    Node: "fn0",
    Address: "10.2.0.1",
    ServiceTags: ["a", "b"],
    ServiceMeta: { env: "prod", v: "1" },
    ServicePort: 1001,
    ServiceWeights: { Passing: 1, Warning: 1 },
    ServiceTaggedAddresses: { wan: { Address: "192.0.2.1", Port: 443 } },
    ServiceProxy: { Upstreams: [{ DestinationName: "db" }, { DestinationName: "api" }] },
  },
  {
    ServiceID: "f2",
    ServiceName: "flt",
    Node: "fn1",
    Address: "10.2.0.2",
    ServiceTags: ["b"],
    ServiceMeta: { env: "qa" },
    ServicePort: 1002,
  },
  {
    ServiceID: "f3",
    ServiceName: "flt",
    Node: "fn2",
    Address: "10.2.0.3",
    ServiceTags: [],
    ServiceMeta: null,
    ServicePort: 1003,
  },
];

const kept = [
  { text: "", ids: "f1 f2 f3" },
  { text: "ServicePort == 1001", ids: "f1" },
  { text: 'ServicePort == "0x3e9"', ids: "f1" },
  { text: "ServicePort != 1001", ids: "f2 f3" },
  { text: "ServiceID == f2 or ServiceID == f3", ids: "f2 f3" },
  { text: "ServiceID == f1 and ServicePort == 1002", ids: "" },
  { text: "not ServiceID == f1", ids: "f2 f3" },
  { text: '"a" in ServiceTags', ids: "f1" },
  { text: '"a" not in ServiceTags', ids: "f2 f3" },
  { text: "ServiceTags contains b", ids: "f1 f2" },
  { text: "ServiceTags not contains b", ids: "f3" },
  { text: "ServiceTags is empty", ids: "f3" },
  { text: "ServiceTags is not empty", ids: "f1 f2" },
  { text: "env in ServiceMeta", ids: "f1 f2" },
  { text: "ServiceMeta contains v", ids: "f1" },
  { text: "ServiceMeta.env == prod", ids: "f1" },
  { text: "ServiceMeta.env != prod", ids: "f2 f3" },
  { text: 'ServiceMeta["env"] == "qa"', ids: "f2" },
  { text: "pro in ServiceMeta.env", ids: "f1" },
  { text: "pro not in ServiceMeta.env", ids: "f2 f3" },
  { text: "ServiceMeta is empty", ids: "f3" },
  { text: "ServiceMeta.env matches `^p`", ids: "f1 f3" },
  { text: "ServiceMeta.env not matches `^p`", ids: "f2 f3" },
  { text: 'ServiceID matches "f[12]"', ids: "f1 f2" },
  { text: 'ServiceID not matches "f[12]"', ids: "f3" },
  { text: 'ServiceID matches "(?i)F2"', ids: "f2" },
  { text: "(ServiceID == f1 or ServiceID == f2) and ServiceMeta.env == qa", ids: "f2" },
  { text: "Address == `10.2.0.2`", ids: "f2" },
  { text: "0.2.0 in Address", error: '1:4 (3): rule "number": Invalid number literal' },
  { text: "ServiceEnableTagOverride == false", ids: "f1 f2 f3" },
  { text: "ServiceWeights.Passing == 0", ids: "f2 f3" },
  { text: 'ServiceKind == ""', ids: "f1 f2 f3" },
  { text: "ServiceTaggedAddresses.wan.Port == 443", ids: "f1" },
  { text: "ServiceTaggedAddresses.wan.Port != 443", ids: "f2 f3" },
  { text: "ServiceProxy.Upstreams.DestinationName == api", ids: "f1" },
  { text: "ServiceProxy.Upstreams.DestinationName != api", ids: "f1" },
  { text: "ServiceProxy.Upstreams is empty", ids: "f2 f3" },
  { text: "constructor in ServiceMeta", ids: "" },
  { text: "Nope == x", error: 'Selector "Nope" is not valid' },
  { text: "service == flt", error: 'Selector "service" is not valid' },
  { text: "constructor == x", error: 'Selector "constructor" is not valid' },
  { text: "ServiceMeta.env.x == 1", error: 'Selector "ServiceMeta.env.x" is not valid' },
  { text: String.raw`ServiceMeta["é\x01\n"].x == 1`, error: String.raw`Selector "ServiceMeta.é\x01\n.x" is not valid` },
  { text: "ServiceTags == a", error: 'Invalid match operator "Equal" for selector "ServiceTags"' },
  { text: "ServiceMeta != a", error: 'Invalid match operator "Not Equal" for selector "ServiceMeta"' },
  { text: "a in ServicePort", error: 'Invalid match operator "In" for selector "ServicePort"' },
  { text: "a not in ServicePort", error: 'Invalid match operator "Not In" for selector "ServicePort"' },
  { text: "ServicePort not matches x", error: 'Invalid match operator "Not Matches" for selector "ServicePort"' },
  { text: "Node is not empty", error: 'Invalid match operator "Is Not Empty" for selector "Node"' },
  {
    text: "ServiceProxy.DestinationServiceName is empty",
    error: 'Invalid match operator "Is Empty" for selector "ServiceProxy.DestinationServiceName"',
  },
  {
    text: "ServicePort == abc",
    error: 'Failed to coerce value "abc" for selector "ServicePort": strconv.ParseInt: parsing "abc": invalid syntax',
  },
  {
    text: "ServicePort == 9223372036854775808",
    error:
      'Failed to coerce value "9223372036854775808" for selector "ServicePort": strconv.ParseInt: parsing "9223372036854775808": value out of range',
  },
  {
    text: "ServiceEnableTagOverride == maybe",
    error:
      'Failed to coerce value "maybe" for selector "ServiceEnableTagOverride": strconv.ParseBool: parsing "maybe": invalid syntax',
  },
  {
    text: 'ServiceID matches "["',
    error: 'Failed to compile regular expression "[": error parsing regexp: missing closing ]: `[`',
  },
  {
    text: `ServiceID matches "${"a".repeat(513)}"`,
    error: `Failed to compile regular expression "${"a".repeat(513)}": it is longer than 512 characters`,
  },
  { text: "ServicePort == 1001 or Nope == 1", error: 'Selector "Nope" is not valid' },
] as const;

describe("a filter over catalog services", () => {
  for (const example of kept) {
    test(example.text.slice(0, 80) || "(empty)", () => {
      if ("ids" in example) {
        const found = instances.filter(compileFilter(example.text, serviceNodeFields));
        expect(found.map(({ ServiceID }) => ServiceID).join(" ")).toBe(example.ids);
      } else {
        const compiling = () => compileFilter(example.text, serviceNodeFields);
        expect(compiling).toThrow(FilterError);
        expect(compiling).toThrow(expect.objectContaining({ reason: example.error }));
      }
    });
  }

  test("a pattern that would backtrack for ever ends", () => {
    const filter = compileFilter('ServiceID matches "(a+)+$"', serviceNodeFields);
    expect(filter({ ServiceID: `${"a".repeat(10_000)}b` })).toBe(false);
  });
});

const entry = {
  Node: { Node: "fn1", Meta: { rack: "r1" } },
  Service: { ID: "f2", Port: 1002, Tags: ["b"], Connect: { Native: true } },
  Checks: [
    { CheckID: "alive", Status: "passing" },
    { CheckID: "svc", Status: "critical", ServiceTags: ["b"] },
  ],
};

const others: readonly {
  readonly of: string;
  readonly fields: Fields;
  readonly record: unknown;
  readonly text: string;
  readonly holds: boolean;
}[] = [
  { of: "an entry", fields: checkServiceNodeFields, record: entry, text: "Checks.Status == critical", holds: true },
  { of: "an entry", fields: checkServiceNodeFields, record: entry, text: "Checks.Status != critical", holds: true },
  {
    of: "an entry",
    fields: checkServiceNodeFields,
    record: entry,
    text: "not Checks.Status == critical",
    holds: false,
  },
  { of: "an entry", fields: checkServiceNodeFields, record: entry, text: "Checks.ServiceTags contains b", holds: true },
  { of: "an entry", fields: checkServiceNodeFields, record: entry, text: "Checks is not empty", holds: true },
  { of: "an entry", fields: checkServiceNodeFields, record: entry, text: "Node.Meta.rack == r1", holds: true },
  {
    of: "an entry",
    fields: checkServiceNodeFields,
    record: entry,
    text: "Service.Connect.Native == true",
    holds: true,
  },
  {
    of: "an entry without checks",
    fields: checkServiceNodeFields,
    record: {},
    text: 'Checks.Status != ""',
    holds: false,
  },
  {
    of: "a node",
    fields: nodeFields,
    record: { TaggedAddresses: { wan: "192.0.2.1" } },
    text: "wan in TaggedAddresses",
    holds: true,
  },
  {
    of: "a node",
    fields: nodeFields,
    record: { TaggedAddresses: null },
    text: "TaggedAddresses is empty",
    holds: true,
  },
  { of: "a check", fields: healthCheckFields, record: { Name: "chkf2" }, text: 'Name matches "chk.*"', holds: true },
  { of: "an intention", fields: intentionFields, record: { Precedence: 9 }, text: "Precedence == 9", holds: true },
  {
    of: "service-defaults",
    fields: serviceDefaultsFields,
    record: { MeshGateway: { Mode: "local" } },
    text: "MeshGateway.Mode == local",
    holds: true,
  },
];

describe("a filter over other records", () => {
  for (const { of, fields, record, text, holds } of others) {
    test(`${text} ${holds ? "holds" : "does not hold"} for ${of}`, () => {
      expect(compileFilter(text, fields)(record)).toBe(holds);
    });
  }
});

describe("a filter over a record without a description", () => {
  const record = { name: "web", port: 80, up: true, tags: ["a"], meta: { v: "1" }, checks: [{ status: "passing" }] };
  for (const [text, holds] of [
    ["name == web", true],
    ["port == 80", true],
    ["port == abc", false],
    ["up == true", true],
    ["a in tags", true],
    ["meta.v == 1", true],
    ["checks.status == passing", true],
    ["nowhere.at.all == 1", false],
    ["nowhere.at.all != 1", true],
    ["meta is not empty", true],
    ['name matches "["', false],
  ] as const) {
    test(`${text} is ${holds}`, () => expect(evaluate(parseFilter(text), record)).toBe(holds));
  }
});
