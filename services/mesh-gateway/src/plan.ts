import {
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
import type { ConnectRecord } from "@causeway/model";
import { type CompiledService, compileMeshService, type GatewayOptions, gatewayTable } from "@causeway/routes";

/** A service of the mesh, who takes connections for it, and what the gateway's own registration says of all services. */
type Destination = {
  readonly service: string;
  readonly providers: readonly ConnectRecord[];
  readonly options: GatewayOptions;
};

/** A mesh gateway: one listener for every service of the mesh in its datacenter, each reached by its server name, none decrypted. */
export function meshGateway(registration: Registration): Plan<Destination, CompiledService> {
  return {
    parts(read) {
      const options = readOptions(read, registration);
      const providers = Map.groupBy(read.all(PROVIDERS), ({ Destination }) => Destination);
      return new Map([...providers].map(([service, each]) => [service, { service, providers: each, options }]));
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

function compileDestination(
  read: Read,
  { service, providers, options }: Destination,
  { datacenter }: Registration,
): CompiledService {
  const mesh = readMeshLocation(read, datacenter);
  if (mesh === undefined) {
    return { service, routes: [], unavailable: [{ name: service, reason: "the CA has not published its roots" }] };
  }
  return compileMeshService({
    service,
    providers: providers.map(({ Provider, Kind }) => ({ kind: Kind, instances: read.all(instancesOf(Provider)) })),
    resolver: read.one(resolverOf(service)),
    options,
    mesh,
  });
}
