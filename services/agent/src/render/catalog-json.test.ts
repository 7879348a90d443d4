import { describe, expect, test } from "vitest";
import { checkOf, linkOf, nodeOf, serviceOf } from "../../test/catalog-records.ts";
import { checkServiceNodeJson, gatewayServiceJson, serviceJson, serviceNodeJson } from "./catalog-json.ts";

const node = nodeOf("n", { CreateIndex: 1, ModifyIndex: 1 });
const plain = serviceOf("web", { CreateIndex: 2, ModifyIndex: 3 });

describe("an instance", () => {
  test("has all that clients need to be there, and leaves out what Consul leaves out", () => {
    expect(serviceJson(plain)).toEqual({
      ID: "web",
      Service: "web",
      Tags: [],
      Address: "",
      Meta: null,
      Port: 80,
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Proxy: { MeshGateway: {}, Expose: {} },
      Connect: {},
      CreateIndex: 2,
      ModifyIndex: 3,
    });
  });

  test("that is a sidecar tells its upstreams with their type, and what it exposes", () => {
    const proxy = {
      DestinationServiceName: "web",
      Upstreams: [{ DestinationName: "db", LocalBindPort: 5000, MeshGateway: { Mode: "local" } }],
      Expose: { Paths: [{ Path: "/health", ListenerPort: 1, LocalPathPort: 2 }] },
    };
    expect(serviceJson({ ...plain, Kind: "connect-proxy", Proxy: proxy })).toMatchObject({
      Kind: "connect-proxy",
      Proxy: {
        DestinationServiceName: "web",
        Upstreams: [
          { DestinationType: "service", DestinationName: "db", LocalBindPort: 5000, MeshGateway: { Mode: "local" } },
        ],
        MeshGateway: {},
        Expose: { Paths: [{ Path: "/health", ListenerPort: 1, LocalPathPort: 2, ParsedFromCheck: false }] },
      },
    });
  });

  test("in one flat object has an empty meta where it has none", () => {
    const flat = serviceNodeJson({ Node: node, Service: plain, Checks: [], NodeChecks: [] });
    expect(flat).toMatchObject({ Node: "n", NodeMeta: null, ServiceName: "web", ServiceMeta: {}, CreateIndex: 2 });
    expect(flat).not.toHaveProperty("ServiceTaggedAddresses");
  });

  test("has its node's checks before its own, each by ID", () => {
    const { Checks } = checkServiceNodeJson({
      Node: node,
      Service: plain,
      Checks: [checkOf("b"), checkOf("a")],
      NodeChecks: [checkOf("z")],
    });
    expect((Checks as { CheckID: string }[]).map(({ CheckID }) => CheckID)).toEqual(["z", "a", "b"]);
  });
});

test("a gateway's link tells its files only where it has them", () => {
  expect(gatewayServiceJson(linkOf("gw", "web", { CAFile: "/ca.pem", FromWildcard: true }))).toEqual({
    Gateway: { Name: "gw" },
    Service: { Name: "web" },
    GatewayKind: "terminating-gateway",
    CAFile: "/ca.pem",
    FromWildcard: true,
    CreateIndex: 0,
    ModifyIndex: 0,
  });
});
