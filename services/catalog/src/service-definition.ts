import { Refusal } from "@causeway/bus";
import {
  type CatalogService,
  type ProxyRegistration,
  quoted,
  SERVICE_KINDS,
  type ServiceKind,
  type ServiceProxy,
  type ServiceRegistration,
  type Upstream,
  type UpstreamRegistration,
  type Weights,
} from "@causeway/model";
import { withoutEmpty } from "./without-empty.ts";

/** A registered service in the form in which it is stored and shown: defaults filled in, fields that say nothing left out. */
export function readService(service: ServiceRegistration, name: string): CatalogService {
  const addresses = Object.entries(service.TaggedAddresses ?? {});
  return {
    Kind: readKind(service.Kind ?? ""),
    ID: service.ID || name,
    Service: name,
    Tags: service.Tags ?? [],
    Address: service.Address ?? "",
    Port: service.Port ?? 0,
    ...(service.SocketPath ? { SocketPath: service.SocketPath } : {}),
    ...(addresses.length === 0
      ? {}
      : {
          TaggedAddresses: Object.fromEntries(
            addresses.map(([tag, { Address, Port }]) => [tag, { Address: Address ?? "", Port: Port ?? 0 }]),
          ),
        }),
    Meta: service.Meta ?? null,
    Weights: readWeights(service.Weights),
    EnableTagOverride: service.EnableTagOverride ?? false,
    Proxy: readProxy(service.Proxy ?? {}),
    Connect: service.Connect?.Native ? { Native: true } : {},
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

function readKind(kind: string): ServiceKind {
  const known = SERVICE_KINDS.find((candidate) => candidate === kind);
  if (known === undefined) throw new Refusal(400, `Invalid service kind: ${quoted(kind)}`);
  return known;
}

const MAX_WEIGHT = 65_535;

/** Shares that cannot be used count as none given, and are 1 each. */
function readWeights(weights: ServiceRegistration["Weights"]): Weights {
  const Passing = weights?.Passing ?? 0;
  const Warning = weights?.Warning ?? 0;
  const usable = Passing >= 1 && Passing <= MAX_WEIGHT && Warning >= 0 && Warning <= MAX_WEIGHT;
  return usable ? { Passing, Warning } : { Passing: 1, Warning: 1 };
}

/** `MeshGateway` and `Expose` are always there, as clients of every version expect. */
function readProxy(proxy: ProxyRegistration): ServiceProxy {
  const { Upstreams, MeshGateway, Expose, ...plain } = proxy;
  const paths = (Expose?.Paths ?? []).map((path) => ({
    ListenerPort: path.ListenerPort ?? 0,
    Path: path.Path ?? "",
    LocalPathPort: path.LocalPathPort ?? 0,
    Protocol: (path.Protocol ?? "").toLowerCase(),
    ParsedFromCheck: path.ParsedFromCheck ?? false,
  }));
  return {
    ...withoutEmpty(plain),
    ...(Upstreams?.length ? { Upstreams: Upstreams.map(readUpstream) } : {}),
    MeshGateway: withoutEmpty(MeshGateway ?? {}),
    Expose: {
      ...(Expose?.Checks ? { Checks: true } : {}),
      ...(paths.length === 0 ? {} : { Paths: paths.map(withoutProtocol) }),
    },
  };
}

function withoutProtocol<T extends { readonly Protocol: string }>(
  path: T,
): Omit<T, "Protocol"> & { Protocol?: string } {
  const { Protocol, ...rest } = path;
  return Protocol === "" ? rest : { ...rest, Protocol };
}

function readUpstream(upstream: UpstreamRegistration): Upstream {
  const { DestinationName, MeshGateway, ...rest } = upstream;
  return {
    ...withoutEmpty(rest),
    DestinationName: DestinationName ?? "",
    MeshGateway: withoutEmpty(MeshGateway ?? {}),
  };
}
