import type {
  ConnectRecord,
  GatewayServiceRecord,
  InstanceRecord,
  LinkedService,
  TerminatingGatewayEntry,
} from "@causeway/model";

/** The one service that a wildcard leaves out: the control plane itself. */
const CONTROL_PLANE = "consul";

/** A link before it is known when it was made. */
export type GatewayLink = Omit<GatewayServiceRecord, "CreateIndex" | "ModifyIndex">;

/**
 * The link between a terminating gateway and a service, or undefined when there is none.
 *
 * A service that the entry names is linked whether or not it is registered, and takes nothing from the wildcard. The wildcard links
 * every other service that has an instance of the typical kind.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/config-entries/terminating-gateway#wildcard-service
 */
export function gatewayLink(
  entry: TerminatingGatewayEntry | undefined,
  service: string,
  typical: boolean,
): GatewayLink | undefined {
  if (entry === undefined || service === "*") return undefined;
  const linked = (name: string) => entry.Services?.find(({ Name }) => Name === name);
  const specific = linked(service);
  const chosen = specific ?? (typical && service !== CONTROL_PLANE ? linked("*") : undefined);
  if (chosen === undefined) return undefined;
  const link: GatewayLink = {
    Gateway: entry.Name,
    Service: service,
    GatewayKind: "terminating-gateway",
    ...tlsOf(chosen),
  };
  return specific === undefined ? { ...link, FromWildcard: true } : link;
}

function tlsOf({ CAFile, CertFile, KeyFile, SNI }: LinkedService) {
  return {
    ...(CAFile ? { CAFile } : {}),
    ...(CertFile ? { CertFile } : {}),
    ...(KeyFile ? { KeyFile } : {}),
    ...(SNI ? { SNI } : {}),
  };
}

/** How a provider serves a destination, apart from being linked to it. */
export type Offer = {
  readonly destination: string;
  readonly provider: string;
  readonly kind: "connect-proxy" | "native";
};

/** The mesh connections that an instance takes, or undefined when it takes none by itself. */
export function offerOf({ Service }: InstanceRecord): Offer | undefined {
  const destination = Service.Proxy.DestinationServiceName;
  if (Service.Kind === "connect-proxy" && destination) {
    return { destination, provider: Service.Service, kind: "connect-proxy" };
  }
  if (Service.Connect.Native) return { destination: Service.Service, provider: Service.Service, kind: "native" };
  return undefined;
}

/** True for an instance that a wildcard links. */
export function isTypical({ Service }: InstanceRecord): boolean {
  return Service.Kind === "";
}

/** The row that says that `provider` serves `destination`, or undefined when it does not. A link outweighs a sidecar, and that a native service. */
export function connectRow(
  destination: string,
  provider: string,
  by: { readonly linked: boolean; readonly sidecars: number; readonly natives: number },
): ConnectRecord | undefined {
  const row = (Kind: ConnectRecord["Kind"]) => ({ Destination: destination, Provider: provider, Kind });
  if (by.linked) return row("terminating-gateway");
  if (by.sidecars > 0) return row("connect-proxy");
  return by.natives > 0 ? row("native") : undefined;
}
