import type { MeshGatewayConfig } from "@causeway/model";

/**
 * How a proxy reaches another datacenter: by dialling itself, or through a mesh gateway of its own datacenter or of the other one.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway#modes-of-operation
 */
export type MeshGatewayMode = (typeof MODES)[number];

const MODES = ["none", "local", "remote"] as const;

/**
 * The mode that the first of `configs` sets that sets one; undefined when none does. "none" is a mode and ends the search; one that
 * means nothing counts as unset.
 */
export function meshGatewayMode(...configs: readonly (MeshGatewayConfig | undefined)[]): MeshGatewayMode | undefined {
  for (const config of configs) {
    const mode = MODES.find((known) => known === config?.Mode);
    if (mode !== undefined) return mode;
  }
  return undefined;
}
