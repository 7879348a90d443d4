import type { FederationState, InstanceRecord } from "@causeway/model";
import { checkServiceNodeJson, type Json, kept } from "./catalog-json.ts";

/** How a datacenter is reached. A copy has the revisions of the original, so that the primary's index is the same. */
export function federationStateJson(state: FederationState): Json {
  const { Datacenter, MeshGateways, UpdatedAt, CreateIndex, ModifyIndex } = state;
  return {
    Datacenter,
    ...kept({ MeshGateways: gatewaysJson(MeshGateways) }),
    UpdatedAt,
    PrimaryModifyIndex: ModifyIndex,
    CreateIndex,
    ModifyIndex,
  };
}

/** The mesh gateways of each datacenter that has any. */
export function meshGatewaysJson(states: readonly FederationState[]): Json {
  const having = states.filter(({ MeshGateways }) => MeshGateways.length > 0);
  return Object.fromEntries(having.map(({ Datacenter, MeshGateways }) => [Datacenter, gatewaysJson(MeshGateways)]));
}

function gatewaysJson(gateways: readonly InstanceRecord[]): readonly Json[] {
  return gateways.map(checkServiceNodeJson);
}
