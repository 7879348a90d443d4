import type { InstanceRecord, ServiceKind } from "@causeway/model";
import {
  type Authorization,
  authorizationFor,
  type ChainEntries,
  type GatewayOptions,
  type MeshLocation,
  readGatewayOptions,
  type Unavailable,
} from "@causeway/routes";
import type { Waiting } from "./plan.ts";
import type { Read } from "./read.ts";
import type { Registration } from "./registration.ts";
import { recordOf } from "./watch.ts";
import { CA_ROOTS, DEFAULT_POLICY, intentionsOf, PROXY_DEFAULTS, registrationOf } from "./watches.ts";

/** What must be known of a proxy before it can do anything: what it is registered as. */
export type Registered = { readonly instance: InstanceRecord } | Waiting;

/**
 * What this proxy is registered as, or what it waits for. A registration that is taken away stays in force for as long as the process
 * lives: whoever deregisters a proxy stops others from coming, and those that are there go on.
 */
export function readRegistration(read: Read, { service, node, id }: Registration, kind: ServiceKind): Registered {
  const place = `instance ${id} of the service ${service} on node ${node}`;
  const instance = read.last(registrationOf(service, node, id));
  if (instance === undefined) return { waitingFor: `${place} is not registered` };
  const { Kind } = instance.Service;
  return Kind === kind ? { instance } : { waitingFor: `${place} is registered as kind "${Kind}", not "${kind}"` };
}

/** Who may call `destination`. Where no default policy has been published, nobody may without an intention. */
export function readAuthorization(read: Read, destination: string): Authorization {
  const intentions = [read.one(intentionsOf(destination)), read.one(intentionsOf("*"))];
  return authorizationFor(destination, intentions, read.one(DEFAULT_POLICY)?.Action ?? "deny");
}

/** The config entries that say how services are reached; what is looked up is followed from then on. */
export function readEntries(read: Read): ChainEntries {
  // Each entry is kept under the kind that it is of.
  return { get: (kind, name) => read.one(recordOf("configEntries", kind, name)) as never };
}

/** Which mesh a proxy of this datacenter belongs to; undefined until the CA has published its roots. */
export function readMeshLocation(read: Read, datacenter: string): MeshLocation | undefined {
  const roots = read.one(CA_ROOTS);
  return roots === undefined ? undefined : { datacenter, trustDomain: roots.TrustDomain };
}

/** What a gateway's registration and the defaults of every proxy say in their opaque configuration. */
export function readOptions(read: Read, { service, node, id }: Registration): GatewayOptions {
  const own = read.last(registrationOf(service, node, id));
  return readGatewayOptions(own?.Service.Proxy.Config, read.one(PROXY_DEFAULTS)?.Config);
}

/** What is wrong with all of a proxy that decides who comes in, though it goes on. */
export function readCommonFaults(read: Read, registration: Registration): readonly Unavailable[] {
  const faults = readRegistrationFaults(read, registration);
  if (read.one(DEFAULT_POLICY) !== undefined) return faults;
  const reason = "has not been published; what no intention allows is denied";
  return [...faults, { name: "default policy", reason }];
}

/** What is wrong with a proxy's registration, though it goes on. */
export function readRegistrationFaults(read: Read, { service, node, id }: Registration): readonly Unavailable[] {
  if (read.one(registrationOf(service, node, id)) !== undefined) return [];
  return [{ name: "registration", reason: "is gone from the catalog; the last one stays in force" }];
}
