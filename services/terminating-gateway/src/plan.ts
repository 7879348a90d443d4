import {
  instancesOf,
  linksOf,
  MESH,
  type Plan,
  providersOf,
  type Read,
  type Registration,
  readAuthorization,
  readCommonFaults,
  readEntries,
  readMeshLocation,
  readOptions,
  readRegistration,
  resolverOf,
} from "@causeway/gateway";
import type { GatewayServiceRecord, InstanceRecord } from "@causeway/model";
import {
  type CompiledService,
  compileLinkedService,
  type GatewayOptions,
  gatewayTable,
  meshTls,
  protocolOf,
} from "@causeway/routes";

/** A link, and what the gateway's own registration says of all of them. */
type Link = { readonly record: GatewayServiceRecord; readonly options: GatewayOptions };

/** A terminating gateway: one listener for every service that it is linked to, each with its own certificate under its own name. */
export function terminatingGateway(registration: Registration): Plan<Link, CompiledService> {
  const { service, datacenter } = registration;
  return {
    parts(read) {
      const options = readOptions(read, registration);
      return new Map(read.all(linksOf(service)).map((record) => [record.Service, { record, options }]));
    },

    compile: (read, link) => compileLink(read, link, datacenter),

    assemble(read, compiled) {
      const registered = readRegistration(read, registration, "terminating-gateway");
      if ("waitingFor" in registered) return registered;
      return gatewayTable({
        service: registered.instance.Service,
        options: readOptions(read, registration),
        compiled,
        links: read.all(linksOf(service)),
        unavailable: [...readCommonFaults(read, registration), ...meshTls(read.one(MESH), "Incoming").unavailable],
      });
    },
  };
}

function compileLink(read: Read, { record, options }: Link, datacenter: string): CompiledService {
  const service = record.Service;
  const mesh = readMeshLocation(read, datacenter);
  if (mesh === undefined) {
    return { service, routes: [], unavailable: [{ name: service, reason: "the CA has not published its roots" }] };
  }
  return compileLinkedService({
    link: record,
    instances: read.all(instancesOf(service)),
    sidecars: options.onlyOutsideMesh ? readSidecars(read, service) : [],
    resolver: read.one(resolverOf(service)),
    protocol: protocolOf(service, readEntries(read)),
    authorization: readAuthorization(read, service),
    leaf: read.leaf(service),
    limits: meshTls(read.one(MESH), "Incoming").limits,
    options,
    mesh,
  });
}

function readSidecars(read: Read, service: string): readonly InstanceRecord[] {
  const providers = read.all(providersOf(service)).filter(({ Kind }) => Kind === "connect-proxy");
  const instances = providers.flatMap(({ Provider }) => read.all(instancesOf(Provider)));
  return instances.filter(({ Service }) => Service.Proxy.DestinationServiceName === service);
}
