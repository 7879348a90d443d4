import {
  FEDERATION,
  instancesOf,
  type Plan,
  PROVIDERS,
  type Read,
  type Registration,
  readMeshLocation,
  readOptions,
  readRegistration,
  readRegistrationFaults,
  resolverOf,
} from "@causeway/gateway";
import type { ConnectRecord, FederationState } from "@causeway/model";
import {
  type CompiledService,
  compileMeshService,
  compileRemoteDatacenter,
  type GatewayOptions,
  gatewayTable,
} from "@causeway/routes";

/** A service of the mesh and who takes connections for it, or another datacenter and how it is reached. */
type Place =
  | { readonly kind: "service"; readonly service: string; readonly providers: readonly ConnectRecord[] }
  | { readonly kind: "datacenter"; readonly state: FederationState };

/** A place, and what the gateway's own registration says of all of them. */
type Destination = Place & { readonly options: GatewayOptions };

/**
 * A mesh gateway: one listener for every service of the mesh in its datacenter, each reached by its server name, and for every other
 * datacenter, whose own gateways are handed what is asked for there. It decrypts nothing.
 */
export function meshGateway(registration: Registration): Plan<Destination, CompiledService> {
  return {
    parts(read) {
      const options = readOptions(read, registration);
      const others = read.all(FEDERATION).filter(({ Datacenter }) => Datacenter !== registration.datacenter);
      const services = Map.groupBy(read.all(PROVIDERS), ({ Destination }) => Destination);
      return new Map<string, Destination>([
        ...[...services].map(
          ([service, providers]) => [`service ${service}`, { kind: "service", service, providers, options }] as const,
        ),
        ...others.map((state) => [`datacenter ${state.Datacenter}`, { kind: "datacenter", state, options }] as const),
      ]);
    },

    compile: (read, destination) => compileDestination(read, destination, registration),

    assemble(read, compiled) {
      const registered = readRegistration(read, registration, "mesh-gateway");
      if ("waitingFor" in registered) return registered;
      return gatewayTable({
        service: registered.instance.Service,
        options: readOptions(read, registration),
        compiled,
        unavailable: readRegistrationFaults(read, registration),
      });
    },
  };
}

function compileDestination(read: Read, place: Destination, { datacenter }: Registration): CompiledService {
  const name = place.kind === "service" ? place.service : `*.${place.state.Datacenter}`;
  const { options } = place;
  const mesh = readMeshLocation(read, datacenter);
  if (mesh === undefined) {
    return { service: name, routes: [], unavailable: [{ name, reason: "the CA has not published its roots" }] };
  }
  if (place.kind === "datacenter") {
    const { Datacenter, MeshGateways } = place.state;
    return compileRemoteDatacenter({ datacenter: Datacenter, gateways: MeshGateways, options, mesh });
  }
  const { service, providers } = place;
  return compileMeshService({
    service,
    providers: providers.map(({ Provider, Kind }) => ({ kind: Kind, instances: read.all(instancesOf(Provider)) })),
    resolver: read.one(resolverOf(service)),
    options,
    mesh,
  });
}
