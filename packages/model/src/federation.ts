import { InstanceRecord } from "./catalog.ts";
import { CreateModifyIndex } from "./common.ts";
import { type Static, Type } from "./schema.ts";

/**
 * Bucket `federation`, key `state.<datacenter>`: how a datacenter is reached from the others. Each publishes its own; the primary one
 * keeps all of them.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway/wan-federation-via-mesh-gateways
 */
export const FederationState = Type.Object({
  Datacenter: Type.String({ minLength: 1 }),
  MeshGateways: Type.Array(InstanceRecord, { description: "With their health; dialled at their WAN addresses." }),
  UpdatedAt: Type.String({ description: "RFC 3339 time at which the datacenter published it." }),
  CatalogMade: Type.String({ description: "When the datacenter's catalog was made: another one counts anew." }),
  CatalogRevision: Type.Integer({ description: "Revision of that catalog at which this was true." }),
  ...CreateModifyIndex,
});
export type FederationState = Static<typeof FederationState>;
