import type { CatalogCheck, CatalogNode, CatalogService, GatewayServiceRecord } from "@causeway/model";

/** A node as tests need it. */
export function nodeOf(name: string, more: Partial<CatalogNode> = {}): CatalogNode {
  return {
    ID: "",
    Node: name,
    Address: "10.0.0.1",
    Datacenter: "dc1",
    TaggedAddresses: null,
    Meta: null,
    CreateIndex: 0,
    ModifyIndex: 0,
    ...more,
  };
}

/** A service instance as tests need it. */
export function serviceOf(name: string, more: Partial<CatalogService> = {}): CatalogService {
  return {
    Kind: "",
    ID: name,
    Service: name,
    Tags: [],
    Address: "",
    Port: 80,
    Meta: null,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: {},
    Connect: {},
    CreateIndex: 0,
    ModifyIndex: 0,
    ...more,
  };
}

/** A check as tests need it. */
export function checkOf(id: string, status: CatalogCheck["Status"] = "passing"): CatalogCheck {
  return {
    Node: "",
    CheckID: id,
    Name: id,
    Status: status,
    Notes: "",
    Output: "",
    ServiceID: "",
    ServiceName: "",
    ServiceTags: [],
    Type: "",
    Definition: {},
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

/** A gateway's link to a service as tests need it. */
export function linkOf(
  gateway: string,
  service: string,
  more: Partial<GatewayServiceRecord> = {},
): GatewayServiceRecord {
  return {
    Gateway: gateway,
    Service: service,
    GatewayKind: "terminating-gateway",
    CreateIndex: 0,
    ModifyIndex: 0,
    ...more,
  };
}
