import type { CheckStatus, FederationState, InstanceRecord } from "@causeway/model";

/** What tests say of a gateway; all else is as it usually is. */
export type GatewayFacts = {
  readonly datacenter?: string;
  readonly kind?: InstanceRecord["Service"]["Kind"];
  readonly address?: string;
  readonly health?: CheckStatus;
};

/** The record of a mesh gateway. */
export function gateway({
  datacenter = "dc2",
  kind = "mesh-gateway",
  address = "198.51.100.1",
  health = "passing",
}: GatewayFacts = {}): InstanceRecord {
  const indexes = { CreateIndex: 1, ModifyIndex: 1 };
  const check = { Node: "n", CheckID: "alive", Name: "alive", Notes: "", Output: "", ServiceID: "gw" };
  return {
    Node: {
      ID: "",
      Node: "n",
      Address: "10.0.0.1",
      Datacenter: datacenter,
      TaggedAddresses: null,
      Meta: null,
      ...indexes,
    },
    Service: {
      Kind: kind,
      ID: "gw",
      Service: "gw",
      Tags: [],
      Address: "10.0.0.1",
      Port: 8_443,
      TaggedAddresses: { wan: { Address: address, Port: 443 } },
      Meta: null,
      Weights: { Passing: 1, Warning: 1 },
      EnableTagOverride: false,
      Proxy: {},
      Connect: {},
      ...indexes,
    },
    Checks: [{ ...check, Status: health, ServiceName: "gw", ServiceTags: [], Type: "tcp", Definition: {}, ...indexes }],
    NodeChecks: [],
  };
}

/** What a datacenter publishes. */
export function stateOf(facts: Partial<FederationState> = {}): FederationState {
  return {
    Datacenter: "dc2",
    MeshGateways: [gateway()],
    UpdatedAt: "2026-01-01T10:00:00Z",
    CatalogMade: "2026-01-01T08:00:00Z",
    CatalogRevision: 7,
    CreateIndex: 0,
    ModifyIndex: 0,
    ...facts,
  };
}
