import type {
  ConnectRecord,
  GatewayServiceRecord,
  IngressGatewayEntry,
  InstanceRecord,
  LinkedService,
  TerminatingGatewayEntry,
} from "@causeway/model";

/** The one service that a wildcard leaves out: the control plane itself. */
const CONTROL_PLANE = "consul";

/** A link before it is known when it was made, and which of its gateway's slots it gets. */
export type GatewayLink = Omit<GatewayServiceRecord, "Slot" | "CreateIndex" | "ModifyIndex">;

/** An entry that says which services a gateway represents. */
export type GatewayEntry = TerminatingGatewayEntry | IngressGatewayEntry;

/** The names of all services that an entry speaks of, the wildcard included. */
export function servicesIn(entry: GatewayEntry): readonly string[] {
  const services =
    entry.Kind === "terminating-gateway" ? entry.Services : entry.Listeners?.flatMap(({ Services }) => Services ?? []);
  return (services ?? []).map(({ Name }) => Name);
}

/**
 * The links between a gateway and a service: at most one of a terminating gateway, of an ingress gateway one for each listener.
 *
 * A service that the entry names is linked whether or not it is registered, and takes nothing from the wildcard. The wildcard links
 * every other service that has an instance of the typical kind. Whether a service speaks the protocol of an ingress's listener is not
 * looked at here.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/config-entries/terminating-gateway#wildcard-service
 */
export function gatewayLinks(entry: GatewayEntry, service: string, typical: boolean): readonly GatewayLink[] {
  if (service === "*") return [];
  const wildcard = typical && service !== CONTROL_PLANE;
  if (entry.Kind === "terminating-gateway") {
    const chosen = chosenFrom(entry.Services ?? [], service, wildcard);
    if (chosen === undefined) return [];
    return [{ Gateway: entry.Name, Service: service, GatewayKind: entry.Kind, ...tlsOf(chosen), ...originOf(chosen) }];
  }
  return (entry.Listeners ?? []).flatMap(({ Port, Protocol, Services }) => {
    const chosen = chosenFrom(Services ?? [], service, wildcard);
    if (chosen === undefined) return [];
    const hosts = chosen.Hosts?.length ? { Hosts: chosen.Hosts } : {};
    const listener = { Gateway: entry.Name, Service: service, GatewayKind: entry.Kind, Port, Protocol };
    return [{ ...listener, ...hosts, ...originOf(chosen) }];
  });
}

function chosenFrom<T extends { readonly Name: string }>(
  named: readonly T[],
  service: string,
  wildcard: boolean,
): T | undefined {
  const specific = named.find(({ Name }) => Name === service);
  return specific ?? (wildcard ? named.find(({ Name }) => Name === "*") : undefined);
}

function originOf({ Name }: { readonly Name: string }) {
  return Name === "*" ? { FromWildcard: true } : {};
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

/** True for an instance through which the services of this datacenter are reached from others, and those of others from here. */
export function isMeshGateway({ Service }: InstanceRecord): boolean {
  return Service.Kind === "mesh-gateway";
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
