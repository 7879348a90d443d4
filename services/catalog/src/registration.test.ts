import { Refusal } from "@causeway/bus";
import type { RegisterRequest } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { readRegistration } from "./registration.ts";

const id = "40e4a748-2192-161a-0510-9bf59fe950b5";
const node = { Node: "ext-a", Address: "10.0.0.10" };

const refused: readonly { readonly name: string; readonly request: RegisterRequest; readonly text: string }[] = [
  { name: "no node", request: { Address: "1.1.1.1" }, text: "Must provide node" },
  { name: "a short node ID", request: { ...node, ID: "abc" }, text: "Bad node ID: uuid string is wrong length" },
  {
    name: "a node ID with its dashes elsewhere",
    request: { ...node, ID: `${id.slice(1)}0` },
    text: "Bad node ID: uuid is improperly formatted",
  },
  {
    name: "a node ID that is not hexadecimal",
    request: { ...node, ID: id.replace("4", "g") },
    text: "Bad node ID: encoding/hex: invalid byte: U+0067 'g'",
  },
  {
    name: "no address",
    request: { Node: "ext-a" },
    text: "Must provide address if SkipNodeUpdate is not set",
  },
  {
    name: "a bad node ID before a missing address",
    request: { Node: "ext-a", ID: "abc" },
    text: "Bad node ID: uuid string is wrong length",
  },
  {
    name: "a service ID without a name",
    request: { ...node, Service: { ID: "web-1" } },
    text: "Must provide service name with ID",
  },
  {
    name: "a service without a name",
    request: { ...node, Service: {} },
    text: "Must provide service name (Service.Service)",
  },
  {
    name: "any IPv4 address",
    request: { ...node, Service: { Service: "web", Address: "0.0.0.0" } },
    text: "Invalid service address",
  },
  {
    name: "any IPv6 address",
    request: { ...node, Service: { Service: "web", Address: "::" } },
    text: "Invalid service address",
  },
  {
    name: "a proxy without a destination",
    request: { ...node, Service: { Kind: "connect-proxy", Service: "web-proxy", Port: 1 } },
    text: "1 error occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n\n",
  },
  {
    name: "rules of its kind before its name",
    request: { ...node, Service: { Kind: "terminating-gateway", ID: "tgw" } },
    text: "1 error occurred:\n\t* Port must be non-zero for a terminating-gateway\n\n",
  },
  {
    name: "a peer's service",
    request: { ...node, Service: { Service: "web", PeerName: "p" } },
    text: "cannot register requests with PeerName in them",
  },
];

describe("a registration is refused with Consul's text for", () => {
  for (const { name, request, text } of refused) {
    test(name, () => expect(() => readRegistration(request, "dc1")).toThrow(new Refusal(500, text)));
  }

  test("an unknown kind, as bad input", () => {
    const request = { ...node, Service: { Service: "web", Kind: "toaster" } };
    expect(() => readRegistration(request, "dc1")).toThrow(new Refusal(400, 'Invalid service kind: "toaster"'));
  });

  test("an unknown status, as bad input", () => {
    const request = { ...node, Check: { Name: "c", Status: "fine" } };
    expect(() => readRegistration(request, "dc1")).toThrow(new Refusal(400, "Invalid check status: 'fine'"));
  });

  test("a duration that is none, as bad input", () => {
    const request = { ...node, Check: { Name: "c", Definition: { Interval: "soon" } } };
    expect(() => readRegistration(request, "dc1")).toThrow(new Refusal(400, "time: invalid duration soon"));
  });
});

describe("defaults", () => {
  const service = (Service: object) => readRegistration({ ...node, Service }, "dc1").service;
  const check = (Check: object) => readRegistration({ ...node, Check }, "dc1").checks[0];

  test("a bare node", () => {
    expect(readRegistration(node, "dc1").node).toEqual({
      ID: "",
      Node: "ext-a",
      Address: "10.0.0.10",
      Datacenter: "dc1",
      TaggedAddresses: null,
      Meta: null,
      CreateIndex: 0,
      ModifyIndex: 0,
    });
  });

  test("a bare service", () => {
    expect(service({ Service: "skip" })).toEqual({
      Kind: "",
      ID: "skip",
      Service: "skip",
      Tags: [],
      Address: "",
      Port: 0,
      Meta: null,
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Proxy: { MeshGateway: {}, Expose: {} },
      Connect: {},
      CreateIndex: 0,
      ModifyIndex: 0,
    });
  });

  test("a service as a client in Go sends it, full of nulls and zeros, is the same", () => {
    const nulls = { Tags: null, Meta: null, TaggedAddresses: null, Weights: null, Proxy: null, Connect: null };
    expect(service({ Service: "skip", ID: "", Port: 0, Address: "", ...nulls })).toEqual(service({ Service: "skip" }));
  });

  const weights = [
    { name: "what is given", given: { Passing: 5, Warning: 0 }, read: { Passing: 5, Warning: 0 } },
    { name: "a share that is left out", given: { Passing: 5 }, read: { Passing: 5, Warning: 0 } },
    { name: "shares that cannot be used", given: { Passing: 0, Warning: 2 }, read: { Passing: 1, Warning: 1 } },
    { name: "too large a share", given: { Passing: 65_536, Warning: 2 }, read: { Passing: 1, Warning: 1 } },
  ];
  for (const { name, given, read } of weights) {
    test(`weights: ${name}`, () => expect(service({ Service: "web", Weights: given })?.Weights).toEqual(read));
  }

  test("a proxy keeps what it says and nothing else", () => {
    const proxy = {
      DestinationServiceName: "full",
      LocalServicePort: 0,
      Config: { bind_port: 4 },
      Upstreams: [{ DestinationName: "pq", LocalBindPort: 9_999, Datacenter: "", MeshGateway: { Mode: "local" } }],
      Expose: { Checks: false, Paths: [{ Path: "/h", LocalPathPort: 1, ListenerPort: 2 }] },
    };
    expect(service({ Kind: "connect-proxy", Service: "full-px", Port: 1, Proxy: proxy })?.Proxy).toEqual({
      DestinationServiceName: "full",
      Config: { bind_port: 4 },
      Upstreams: [{ DestinationName: "pq", LocalBindPort: 9_999, MeshGateway: { Mode: "local" } }],
      MeshGateway: {},
      Expose: { Paths: [{ ListenerPort: 2, Path: "/h", LocalPathPort: 1, ParsedFromCheck: false }] },
    });
  });

  test("a bare check", () => {
    expect(check({ Name: "alive" })).toEqual({
      Node: "ext-a",
      CheckID: "alive",
      Name: "alive",
      Status: "critical",
      Notes: "",
      Output: "",
      ServiceID: "",
      ServiceName: "",
      ServiceTags: [],
      Type: "",
      Definition: {},
      CreateIndex: 0,
      ModifyIndex: 0,
    });
  });

  test("a check's definition is shown as Go writes it, and tells its type", () => {
    const Definition = {
      HTTP: "http://10.1.1.1/health",
      Interval: "30s",
      Timeout: 5e9,
      DeregisterCriticalServiceAfter: "1m",
      Header: { X: ["y"] },
      TLSSkipVerify: false,
      Body: "",
    };
    expect(check({ Name: "http-check", Definition })).toMatchObject({
      Type: "http",
      Definition: {
        HTTP: "http://10.1.1.1/health",
        Interval: "30s",
        Timeout: "5s",
        DeregisterCriticalServiceAfter: "1m0s",
        Header: { X: ["y"] },
      },
    });
  });

  const types = [
    { definition: { TCP: "a:1", Interval: "1s" }, type: "tcp" },
    { definition: { GRPC: "a:1", Interval: "1s" }, type: "grpc" },
    { definition: { TTL: "10s" }, type: "ttl" },
    { definition: { AliasService: "web" }, type: "alias" },
    { definition: { ScriptArgs: ["true"], Interval: "1s" }, type: "script" },
    { definition: { ScriptArgs: ["true"], DockerContainerID: "c", Interval: "1s" }, type: "docker" },
    { definition: { HTTP: "http://a" }, type: "" },
  ];
  for (const { definition, type } of types) {
    test(`${JSON.stringify(definition)} is of type "${type}"`, () => {
      expect(check({ Name: "c", Definition: definition })?.Type).toBe(type);
    });
  }

  test("Check and Checks are taken together", () => {
    const request = { ...node, Check: { Name: "last" }, Checks: [{ Name: "first" }] };
    expect(readRegistration(request, "dc1").checks.map(({ CheckID }) => CheckID)).toEqual(["first", "last"]);
  });
});
