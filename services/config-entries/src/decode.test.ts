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
const ingress = (...Listeners: object[]) => ({ Kind: "ingress-gateway", Name: "igw", Listeners });
const listener = (...Services: object[]) => ({ Port: 80, Protocol: "http", Services });
const tcpListener = (...Services: object[]) => ({ Port: 80, Services });
const splitter = (...Splits: object[]) => ({ Kind: "service-splitter", Name: "web", Splits });
const router = (HTTP: object, Destination?: object) => ({
  Kind: "service-router",
  Name: "web",
  Routes: [{ Match: { HTTP }, ...(Destination === undefined ? {} : { Destination }) }],
});
const meshTls = (Incoming: object) => ({ Kind: "mesh", TLS: { Incoming } });
const INCOMING = "500 error in incoming TLS configuration:";
const resolver = (rest: object) => ({ Kind: "service-resolver", Name: "b", ...rest });
const DECODING = "400 Bad request: Request decoding failed:";

const refused: readonly (readonly [raw: object, text: string])[] = [
  [{ Name: "x" }, `${DECODING} Payload does not contain a kind/Kind key at the top level`],
  [{ Kind: 3 }, `${DECODING} Kind value in payload is not a string`],
  [{ Kind: "nope" }, `${DECODING} invalid config entry kind: nope`],
  [
    { Kind: "exported-services" },
    '500 config entries of kind "exported-services" are not part of this version of Causeway',
  ],
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
  [resolver({ Redirect: { Namespace: "x" } }), "500 Redirect.Namespace defined without Redirect.Service"],
  [
    resolver({ Redirect: { Service: "b", ServiceSubset: "zz" } }),
    '500 Redirect.ServiceSubset "zz" is not a valid subset of "b"',
  ],
  [
    resolver({ Failover: { "*": { ServiceSubset: "zz" } } }),
    '500 Bad Failover["*"].ServiceSubset "zz" is not a valid subset of "b"',
  ],
  [
    resolver({ ConnectTimeout: "abc" }),
    `${DECODING} 1 error(s) decoding:\n\n* error decoding 'ConnectTimeout': time: invalid duration abc`,
  ],
  [
    { Kind: "service-defaults", Name: "*" },
    "500 service-defaults name must be the name of a service, and not a wildcard",
  ],
  [
    meshTls({ TLSMinVersion: "TLSv1_3", TLSMaxVersion: "TLSv1_2" }),
    `${INCOMING} configuring max version TLSv1_2 less than the configured min version TLSv1_3 is invalid`,
  ],
  [
    meshTls({ TLSMaxVersion: "SSLv3" }),
    `${INCOMING} no matching TLS version found for SSLv3, please specify one of [TLS_AUTO, TLSv1_0, TLSv1_1, TLSv1_2, TLSv1_3]`,
  ],
  [
    meshTls({ TLSMinVersion: "TLSv1_3", CipherSuites: ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"] }),
    `${INCOMING} configuring CipherSuites is only applicable to connections negotiated with TLS 1.2 or earlier, TLSMinVersion is set to TLSv1_3`,
  ],
  [meshTls({ CipherSuites: ["ROT13"] }), `${INCOMING} no matching Envoy TLS cipher suite found for ROT13`],
  [
    { Kind: "mesh", TLS: { Outgoing: { TLSMinVersion: "x" } } },
    "500 error in outgoing TLS configuration: no matching TLS version found for x, please specify one of [TLS_AUTO, TLSv1_0, TLSv1_1, TLSv1_2, TLSv1_3]",
  ],
  [ingress(tcpListener({ Name: "a" }), tcpListener({ Name: "b" })), "500 port 80 declared on two listeners"],
  [
    ingress({ Port: 80, Protocol: "asdf", Services: [{ Name: "a" }] }),
    "500 protocol must be 'tcp', 'http', 'http2', or 'grpc'. 'asdf' is an unsupported protocol",
  ],
  [ingress(listener()), "500 No service declared for listener with port 80"],
  [
    ingress(tcpListener({ Name: "a" }, { Name: "b" })),
    "500 Multiple services per listener are only supported for protocol = 'http' (listener on port 80)",
  ],
  [
    ingress(tcpListener({ Name: "*" })),
    "500 Wildcard service name is only valid for protocol = 'http' (listener on port 80)",
  ],
  [
    ingress(tcpListener({ Name: "a", Hosts: ["a.example.com"] })),
    "500 Associating hosts to a service is not supported for the tcp protocol (listener on port 80)",
  ],
  [ingress(listener({ Name: "" })), "500 Service name cannot be blank (listener on port 80)"],
  [
    ingress(listener({ Name: "*", Hosts: ["a.example.com"] })),
    "500 Associating hosts to a wildcard service is not supported (listener on port 80)",
  ],
  [
    ingress(listener({ Name: "a" }, { Name: "a" })),
    "500 Service a cannot be added multiple times (listener on port 80)",
  ],
  [
    ingress(listener({ Name: "a", Hosts: ["x.example.com"] }, { Name: "b", Hosts: ["x.example.com"] })),
    "500 Hosts must be unique within a specific listener (listener on port 80)",
  ],
  [
    { ...ingress(listener({ Name: "a", Hosts: ["*"] })), TLS: { Enabled: true } },
    "500 Host '*' is not allowed when TLS is enabled, all hosts must be valid DNS records to add as a DNSSAN",
  ],
  [ingress(listener({ Name: "a", Hosts: ["a..b"] })), '500 Host "a..b" must be a valid DNS hostname'],
  [
    ingress(listener({ Name: "a", Hosts: ["a.*.com"] })),
    '500 Host "a.*.com" is not valid, a wildcard specifier is only allowed as the leftmost label',
  ],
  [{ ...ingress(listener({ Name: "a" })), Name: "" }, "500 serviceName is required"],
  [{ Kind: "service-splitter", Splits: [{ Weight: 100 }] }, "500 Name is required"],
  [{ Kind: "service-splitter", Name: "web" }, "500 no splits configured"],
  [splitter({ Weight: 50, ServiceSubset: "v1" }), "500 the sum of all split weights must be 100, not 50.000000"],
  [
    splitter({ Weight: 50, ServiceSubset: "v1" }, { Weight: 50, Service: "web", ServiceSubset: "v1" }),
    '500 split destination occurs more than once: service="web", subset="v1", namespace=""',
  ],
  [{ Kind: "service-router" }, "500 Name is required"],
  [router({ PathExact: "x" }), `500 Route[0] PathExact doesn't start with '/': "x"`],
  [router({ PathPrefix: "x" }), `500 Route[0] PathPrefix doesn't start with '/': "x"`],
  [
    router({ PathPrefix: "/x", PathExact: "/y" }),
    "500 Route[0] should only contain at most one of PathExact, PathPrefix, or PathRegex",
  ],
  [router({ Header: [{ Present: true }] }), "500 Route[0] Header[0] missing required Name field"],
  [
    router({ Header: [{ Name: "a", Present: true, Exact: "x" }] }),
    "500 Route[0] Header[0] should only contain one of Present, Exact, Prefix, Suffix, or Regex",
  ],
  [router({ QueryParam: [{ Present: true }] }), "500 Route[0] QueryParam[0] missing required Name field"],
  [
    router({ QueryParam: [{ Name: "a" }] }),
    "500 Route[0] QueryParam[0] should only contain one of Present, Exact, or Regex",
  ],
  [router({ Methods: ["GET", "get"] }), '500 Route[0] Methods contains "GET" more than once'],
  [router({ Methods: ["FETCH"] }), '500 Route[0] Methods contains an invalid method "FETCH"'],
  [
    router({ Methods: ["GET"] }, { PrefixRewrite: "/z" }),
    "500 Route[0] cannot make use of PrefixRewrite without configuring either PathExact or PathPrefix",
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
  [
    "an ingress in its shortest form",
    ingress({ Port: 8_888, Services: [{ Name: "api" }] }),
    {
      TLS: { Enabled: false },
      Listeners: [{ Port: 8_888, Protocol: "tcp", Services: [{ Name: "api", Hosts: null }] }],
    },
  ],
  [
    "weights to two decimals",
    splitter({ Weight: 33.333 }, { Weight: "66.667", Service: "b" }),
    {
      Splits: [{ Weight: 33.33 }, { Weight: 66.67, Service: "b" }],
    },
  ],
  [
    "a route with its methods in capitals",
    router(
      { PathPrefix: "/v2", Methods: ["get"], Header: [{ Name: "x", Exact: "1", Invert: false }] },
      { RequestTimeout: "30s" },
    ),
    {
      Routes: [
        {
          Match: { HTTP: { PathPrefix: "/v2", Methods: ["GET"], Header: [{ Name: "x", Exact: "1" }] } },
          Destination: { RequestTimeout: "30s", Namespace: "default" },
        },
      ],
    },
  ],
  ["a mesh entry without a name", { kind: "mesh" }, { Name: "mesh" }],
];

/** What entries of a kind cannot be without. */
const NEEDED: Readonly<Record<string, object>> = { "service-splitter": { Splits: [{ Weight: 100 }] } };

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
          const once = read({ Kind, Name, Meta, ...NEEDED[Kind] }) as object;
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
