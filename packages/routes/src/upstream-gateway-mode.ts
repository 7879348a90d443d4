import type { MeshGatewayConfig, Upstream } from "@causeway/model";
import type { ChainEntry } from "./discovery-chain/chain-entries.ts";
import { type MeshGatewayMode, meshGatewayMode } from "./mesh-gateway-mode.ts";
import { OpaqueConfig } from "./opaque-config.ts";
import { upstreamOverride } from "./upstream-override.ts";

/** Every place that can set the gateway mode of a sidecar's upstream. */
export type ModeLevels = {
  /** As it was registered. */
  readonly upstream: Upstream;
  /** The proxy's own `MeshGateway` as it was registered, before any defaults were merged into it. */
  readonly registered: MeshGatewayConfig | undefined;
  /** service-defaults of the service that calls. */
  readonly caller: ChainEntry<"service-defaults"> | undefined;
  /** service-defaults of the service that is called. */
  readonly target: ChainEntry<"service-defaults"> | undefined;
  readonly proxyDefaults: ChainEntry<"proxy-defaults"> | undefined;
};

/** The place that set a mode; "nothing" when none did. */
export type ModeSource =
  | "upstream"
  | "override"
  | "registration"
  | "upstream-defaults"
  | "caller-defaults"
  | "proxy-defaults"
  | "proxy-defaults-config"
  | "target-defaults"
  | "nothing";

/** What holds for an upstream, and who says so. */
export type UpstreamGatewayMode =
  | { readonly mode: MeshGatewayMode; readonly setBy: Exclude<ModeSource, "nothing"> }
  | { readonly mode: undefined; readonly setBy: "nothing" };

/**
 * The gateway mode of a sidecar's upstream, from the strongest place that sets one: the upstream itself, the caller's override for it,
 * the proxy's registration, the caller's defaults for upstreams, the caller's own defaults, those of all proxies; and when none of these
 * does, the defaults of the service that is called.
 *
 * "none" is a mode, and so overrides weaker places. One that means nothing counts as unset.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway#connect-proxy-configuration
 */
export function upstreamGatewayMode(levels: ModeLevels): UpstreamGatewayMode {
  const { upstream, registered, caller, target, proxyDefaults } = levels;
  const places = [
    ["upstream", upstream.MeshGateway],
    ["override", upstreamOverride(caller, upstream)?.MeshGateway],
    ["registration", registered],
    ["upstream-defaults", caller?.UpstreamConfig?.Defaults?.MeshGateway],
    ["caller-defaults", caller?.MeshGateway],
    ["proxy-defaults", proxyDefaults?.MeshGateway],
    ["proxy-defaults-config", formerConfig(proxyDefaults)],
    ["target-defaults", target?.MeshGateway],
  ] as const;
  for (const [setBy, config] of places) {
    const mode = meshGatewayMode(config);
    if (mode !== undefined) return { mode, setBy };
  }
  return { mode: undefined, setBy: "nothing" };
}

/** The mode as proxy-defaults had it before they had a field for it: `Config.mesh_gateway`. */
function formerConfig(proxyDefaults: ModeLevels["proxyDefaults"]): MeshGatewayConfig {
  const former = new OpaqueConfig(proxyDefaults?.Config).map("mesh_gateway");
  const mode = new OpaqueConfig(former).text("mode");
  return mode === undefined ? {} : { Mode: mode };
}

/** Who is spoken of: the service that calls, the upstream as it is named in the registration, and the service that it leads to. */
export type ModeNames = { readonly caller: string; readonly upstream: string; readonly target: string };

/** A mode's place in words, for an operator who has to find it. */
export function describeModeSource(source: ModeSource, names: ModeNames): string {
  const caller = `service-defaults "${names.caller}"`;
  switch (source) {
    case "upstream":
      return "the upstream itself";
    case "override":
      return `${caller}, UpstreamConfig.Overrides for "${names.upstream}"`;
    case "registration":
      return "the proxy's registration";
    case "upstream-defaults":
      return `${caller}, UpstreamConfig.Defaults`;
    case "caller-defaults":
      return caller;
    case "proxy-defaults":
      return "proxy-defaults";
    case "proxy-defaults-config":
      return "proxy-defaults, Config.mesh_gateway";
    case "target-defaults":
      return `service-defaults "${names.target}"`;
    case "nothing":
      return "nothing";
  }
}
