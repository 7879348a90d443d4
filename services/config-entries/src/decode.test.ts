import { Refusal } from "@causeway/bus";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kindOf, legalEntry } from "./decode.ts";
import { KINDS } from "./kinds/index.ts";
import type { KindRules } from "./kinds/kind.ts";

function read(raw: unknown): unknown {
  const kind = kindOf(raw);
  return legalEntry(raw, KINDS.get(kind) as KindRules);
}

function refusal(raw: unknown): string {
  try {
    return `accepted: ${JSON.stringify(read(raw))}`;
  } catch (error) {
    if (error instanceof Refusal) return `${error.status} ${error.message}`;
    throw error;
  }
}

const gateway = (...Services: object[]) => ({ Kind: "terminating-gateway", Name: "gw", Services });
const resolver = (rest: object) => ({ Kind: "service-resolver", Name: "b", ...rest });
const DECODING = "400 Bad request: Request decoding failed:";

const refused: readonly (readonly [raw: object, text: string])[] = [
  [{ Name: "x" }, `${DECODING} Payload does not contain a kind/Kind key at the top level`],
  [{ Kind: 3 }, `${DECODING} Kind value in payload is not a string`],
  [{ Kind: "nope" }, `${DECODING} invalid config entry kind: nope`],
  [{ Kind: "service-router" }, '500 config entries of kind "service-router" are not part of this version of Causeway'],
  [{ Kind: "mesh", Bogus: 1 }, `${DECODING} 1 error occurred:\n\t* invalid config key "Bogus"\n\n`],
  [gateway({ Name: "a", Bogus: 1 }), `${DECODING} 1 error occurred:\n\t* invalid config key "Services[0].Bogus"\n\n`],
  [
    gateway({ Name: "a", Namespace: "x" }),
    `${DECODING} 1 error occurred:\n\t* invalid config key "Services[0].Namespace", namespaces are a consul enterprise feature\n\n`,
  ],
  [
    { ...gateway(), Meta: { ["k".repeat(129)]: "v" } },
    `500 1 error occurred:\n\t* Meta key "${"k".repeat(129)}" exceeds maximum length 128\n\n`,
  ],
  [gateway({ Name: "" }), "500 Service name cannot be blank."],
  [gateway({ CAFile: "/ca" }), "500 Service name cannot be blank."],
  [gateway({ Name: "a" }, { Name: "a" }), '500 Service "a" was specified more than once within a namespace'],
  [gateway({ Name: "*" }, { Name: "*" }), '500 Service "*" was specified more than once within a namespace'],
  ...[
    { CertFile: "/c" },
    { KeyFile: "/k" },
    { CAFile: "/ca", CertFile: "/c" },
    { CAFile: "/ca", KeyFile: "/k" },
    { CertFile: "/c", KeyFile: "/k" },
  ].map(
    (files) =>
      [
        gateway({ Name: "a", ...files }),
        '500 Service "a" must have a CertFile, CAFile, and KeyFile specified for TLS origination',
      ] as const,
  ),
  [{ ...gateway({ Name: "a" }), Name: "" }, "500 serviceName is required"],
  [{ Kind: "service-defaults" }, "500 serviceName is required"],
  [{ Kind: "service-resolver" }, "500 Name is required"],
  [resolver({ Subsets: { "": {} } }), "500 Subset defined with empty name"],
  [
    resolver({ Subsets: { V_1: {} } }),
    `500 Subset "V_1" is invalid: must be 63 characters or fewer, begin or end with lower case alphanumeric characters, and contain lower case alphanumeric characters or '-' in between`,
  ],
  [resolver({ DefaultSubset: "zz" }), '500 DefaultSubset "zz" is not a valid subset'],
  [
    resolver({ Redirect: { Service: "x" }, Failover: { "*": { Service: "y" } } }),
    "500 Redirect and Failover cannot both be set",
  ],
  [resolver({ Redirect: {} }), "500 Redirect is empty"],
  [resolver({ Redirect: { ServiceSubset: "x" } }), "500 Redirect.ServiceSubset defined without Redirect.Service"],
  [resolver({ Failover: { v1: { Service: "x" } } }), '500 Bad Failover["v1"]: not a valid subset'],
  [
    resolver({ Failover: { "*": {} } }),
    '500 Bad Failover["*"] one of Service, ServiceSubset, Namespace, or Datacenters is required',
  ],
  [resolver({ Failover: { "*": { Datacenters: [""] } } }), '500 Bad Failover["*"].Datacenters: found empty datacenter'],
  [resolver({ ConnectTimeout: "-1s" }), "500 Bad ConnectTimeout '-1s', must be >= 0"],
  [
    { Kind: "mesh", TLS: { Incoming: { TLSMinVersion: "TLSv1_3", TLSMaxVersion: "TLSv1_2" } } },
    "500 error in incoming TLS configuration: configuring max version TLSv1_2 less than the configured min version TLSv1_3 is invalid",
  ],
];

const accepted: readonly (readonly [name: string, raw: object, entry: object])[] = [
  ["a gateway without services", { Kind: "terminating-gateway", Name: "gw" }, { Services: null }],
  ["a gateway with none", gateway(), { Services: [] }],
  [
    "one service for a list",
    { ...gateway(), Services: { name: "a", ca_file: "/ca" } },
    { Services: [{ Name: "a", CAFile: "/ca" }] },
  ],
  [
    "a protocol in capitals",
    { Kind: "service-defaults", Name: "w", Protocol: "HTTP" },
    { Protocol: "http", MeshGateway: {}, Expose: {} },
  ],
  ["proxy-defaults of any name as global", { Kind: "proxy-defaults", Name: "other" }, { Name: "global" }],
  ["a timeout in nanoseconds", resolver({ ConnectTimeout: 5e9 }), { ConnectTimeout: "5s" }],
  ["a mesh entry without a name", { kind: "mesh" }, { Name: "mesh" }],
];

describe("a config entry", () => {
  for (const [raw, text] of refused) {
    test(`${JSON.stringify(raw).slice(0, 100)} is refused with: ${text.slice(0, 120)}`, () =>
      expect(refusal(raw)).toBe(text));
  }
  for (const [name, raw, entry] of accepted) {
    test(`may be ${name}`, () => expect(read(raw)).toMatchObject(entry));
  }

  test("that was read can be written back: it stays as it is", () => {
    const kinds = fc.constantFrom(...KINDS.keys());
    fc.assert(
      fc.property(
        kinds,
        fc.string({ minLength: 1 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (Kind, Name, Meta) => {
          const once = read({ Kind, Name, Meta }) as object;
          expect(read({ ...once, CreateIndex: 3, ModifyIndex: 9 })).toEqual(once);
        },
      ),
    );
  });
});

test("TLS origination without SNI is legal and warned of", () => {
  const rules = KINDS.get("terminating-gateway") as KindRules;
  const entry = legalEntry(gateway({ Name: "a", CAFile: "/ca" }, { Name: "b" }), rules);
  expect(rules.warnings?.(entry)).toEqual([
    'TLS is configured but SNI is not set for service "a". Enabling SNI is strongly recommended when using TLS.',
  ]);
});
