import { Refusal } from "@causeway/bus";
import { type AclLink, type AclNodeIdentity, type AclServiceIdentity, quoted } from "@causeway/model";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NAME = /^[A-Za-z0-9_-]+$/;
const SERVICE_NAME = /^[a-z0-9](?:[a-z0-9_-]{0,254}[a-z0-9])?$/;
const NODE_NAME = /^[a-z0-9](?:[a-z0-9_-]{0,254}[a-z0-9])?$/i;

/** The text of a refusal that Consul answers with 500. */
export function refused(text: string): Refusal {
  return new Refusal(500, text);
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Throws Consul's refusal of what cannot be looked up by ID. */
export function checkId(kind: "policy" | "role" | "token", id: string): void {
  if (id.length !== 36) throw refused(`failed acl ${kind} lookup: index error: UUID must be 36 characters`);
}

/** Throws Consul's refusal of a policy's or role's name. */
export function checkName(kind: "Policy" | "Role", name: string): void {
  if (name === "") throw refused(`Invalid ${kind}: no Name is set`);
  if (!NAME.test(name) || name.length > (kind === "Policy" ? 128 : 256)) {
    throw refused(`Invalid ${kind}: invalid Name. Only alphanumeric characters, '-' and '_' are allowed`);
  }
}

/** What links are resolved among. */
type Linked = {
  readonly known: ReadonlyMap<string, unknown>;
  readonly named: (name: string) => { readonly ID: string } | undefined;
};

/** The IDs that links stand for, each once. Throws Consul's refusal of a link that leads nowhere. */
export function linkedIds(kind: "policy" | "role", links: readonly AclLink[], { known, named }: Linked): string[] {
  const ids = links.map(({ ID = "", Name = "" }) => {
    if (ID === "") {
      const found = named(Name);
      if (found === undefined) throw refused(`No such ACL ${kind} with name ${quoted(Name)}`);
      return found.ID;
    }
    if (!known.has(ID)) throw refused(`No such ACL ${kind} with ID ${quoted(ID)}`);
    return ID;
  });
  return [...new Set(ids)];
}

/** Identities as they are asked for, and what for. */
export type WantedIdentities = {
  readonly ServiceIdentities: readonly AclServiceIdentity[];
  readonly NodeIdentities: readonly AclNodeIdentity[];
};

/** Identities, each once. Throws Consul's refusal of those that are none; `holder` is "token" or "role". */
export function checkedIdentities(wanted: WantedIdentities, holder: "token" | "role", local = false) {
  for (const { ServiceName, Datacenters } of wanted.ServiceIdentities) {
    if (ServiceName === "") throw refused(`Service identity is missing the service name field on this ${holder}`);
    const which = `Service identity ${quoted(ServiceName)}`;
    if (local && Datacenters.length > 0)
      throw refused(`${which} cannot specify a list of datacenters on a local token`);
    if (!SERVICE_NAME.test(ServiceName)) throw refused(`${which} has an invalid name. ${ALLOWED}`);
  }
  for (const { NodeName, Datacenter } of wanted.NodeIdentities) {
    if (NodeName === "") throw refused(`Node identity is missing the node name field on this ${holder}`);
    if (Datacenter === "") throw refused(`Node identity is missing the datacenter field on this ${holder}`);
    if (!NODE_NAME.test(NodeName)) throw refused(`Node identity has an invalid name. ${ALLOWED}`);
  }
  return {
    ServiceIdentities: onceEach(wanted.ServiceIdentities),
    NodeIdentities: uniqueBy(wanted.NodeIdentities, ({ NodeName, Datacenter }) => `${NodeName} ${Datacenter}`),
  };
}

const ALLOWED = "Only alphanumeric characters, '-' and '_' are allowed";

/** Of a service that is named several times, the datacenters together: none, that is all, when one of them says so. */
function onceEach(identities: readonly AclServiceIdentity[]): AclServiceIdentity[] {
  const byName = Map.groupBy(identities, ({ ServiceName }) => ServiceName);
  return [...byName].map(([ServiceName, same]) => {
    const everywhere = same.some(({ Datacenters }) => Datacenters.length === 0);
    const datacenters = new Set(same.flatMap(({ Datacenters }) => Datacenters));
    return { ServiceName, Datacenters: everywhere ? [] : [...datacenters].sort() };
  });
}

function uniqueBy<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()];
}
