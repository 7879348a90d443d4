import { EXPOSE, exposed } from "./expose.ts";
import type { KindRules } from "./kind.ts";
import { unknownMode } from "./unknown-value.ts";

/** The one name that proxy-defaults can have; any other is overwritten, as in Consul. */
const NAME = "global";

/** Defaults for every proxy. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/proxy-defaults */
export const proxyDefaults: KindRules<"proxy-defaults"> = {
  kind: "proxy-defaults",
  shape: { Config: "opaque map", MeshGateway: { object: { Mode: "text" } }, Expose: EXPOSE },
  normalise: ({ MeshGateway, Expose, ...entry }) => ({
    ...entry,
    Name: NAME,
    MeshGateway: MeshGateway ?? {},
    Expose: exposed(Expose),
  }),
  problem: () => undefined,
  warnings: ({ MeshGateway }) => unknownMode(MeshGateway?.Mode),
};
