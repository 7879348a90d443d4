import {
  MESH,
  type Plan,
  PROXY_DEFAULTS,
  type Read,
  type Registration,
  readAuthorization,
  readCommonFaults,
  readEntries,
  readMeshLocation,
  readRegistration,
  readTargetPlace,
} from "@causeway/gateway";
import type { InstanceRecord, Upstream } from "@causeway/model";
import {
  type CompiledListener,
  compilePublicListener,
  compileUpstream,
  meshTls,
  PUBLIC_LISTENER,
  protocolOf,
  sidecarTable,
  type UpstreamCaller,
  upstreamChain,
  upstreamName,
} from "@causeway/routes";

/** One side of a sidecar: where the mesh reaches its application, or a destination that its application reaches. */
type Side =
  | { readonly kind: "public"; readonly instance: InstanceRecord }
  | { readonly kind: "upstream"; readonly upstream: Upstream; readonly caller: UpstreamCaller };

/** A sidecar proxy: it takes the mesh's connections in for its application, and takes its application's connections to the mesh. */
export function sidecarProxy(registration: Registration): Plan<Side, CompiledListener> {
  return {
    parts(read) {
      const registered = readRegistration(read, registration, "connect-proxy");
      return "waitingFor" in registered ? new Map() : sidesOf(registered.instance);
    },

    compile: (read, side) =>
      side.kind === "public" ? compilePublic(read, side.instance) : compileDestination(read, side, registration),

    assemble(read, parts) {
      const registered = readRegistration(read, registration, "connect-proxy");
      if ("waitingFor" in registered) return registered;
      const mesh = read.one(MESH);
      const tlsFaults = [...meshTls(mesh, "Incoming").unavailable, ...meshTls(mesh, "Outgoing").unavailable];
      return sidecarTable(parts, [...readCommonFaults(read, registration), ...tlsFaults]);
    },
  };
}

function sidesOf(instance: InstanceRecord): ReadonlyMap<string, Side> {
  const { DestinationServiceName: service = "", Upstreams = [], MeshGateway: meshGateway } = instance.Service.Proxy;
  const caller = { service, meshGateway };
  return new Map<string, Side>([
    [PUBLIC_LISTENER, { kind: "public", instance }],
    ...Upstreams.map((upstream) => [upstreamName(upstream), { kind: "upstream", upstream, caller }] as const),
  ]);
}

function compilePublic(read: Read, instance: InstanceRecord): CompiledListener {
  const { DestinationServiceName = "" } = instance.Service.Proxy;
  return compilePublicListener({
    instance,
    defaults: read.one(PROXY_DEFAULTS)?.Config,
    protocol: protocolOf(DestinationServiceName, readEntries(read)),
    authorization: readAuthorization(read, DestinationServiceName),
    leaf: read.leaf(DestinationServiceName),
    limits: meshTls(read.one(MESH), "Incoming").limits,
  });
}

function compileDestination(
  read: Read,
  { upstream, caller }: Extract<Side, { kind: "upstream" }>,
  { datacenter }: Registration,
): CompiledListener {
  const mesh = readMeshLocation(read, datacenter);
  if (mesh === undefined) {
    const reason = "the CA has not published its roots";
    return { listener: undefined, unavailable: [{ name: upstreamName(upstream), reason }] };
  }
  return compileUpstream({
    upstream,
    source: caller.service,
    leaf: read.leaf(caller.service),
    chain: upstreamChain(upstream, caller, readEntries(read), mesh),
    placeOf: (target) => readTargetPlace(read, target, datacenter),
    limits: meshTls(read.one(MESH), "Outgoing").limits,
    mesh,
  });
}
