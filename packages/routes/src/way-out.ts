import type { MeshGatewayMode } from "./mesh-gateway-mode.ts";

/** How connections to a target leave: straight to its instances, or to mesh gateways of the caller's datacenter or of the target's. */
export type WayOut = "direct" | GatewayWay;

/** Whose mesh gateways a connection is handed to. */
export type GatewayWay = "own gateways" | "target's gateways";

/**
 * What a gateway mode means for one target of a caller in `datacenter`. What is in the caller's own datacenter, and what is outside of
 * the mesh, is never reached through a gateway.
 */
export function wayOut(
  target: { readonly datacenter: string; readonly external: boolean },
  mode: MeshGatewayMode | undefined,
  datacenter: string,
): WayOut {
  if (target.external || target.datacenter === datacenter) return "direct";
  switch (mode) {
    case "local":
      return "own gateways";
    case "remote":
      return "target's gateways";
    case "none":
    case undefined:
      return "direct";
  }
}
