import type { AclNodeIdentity, AclPolicy, AclRole, AclServiceIdentity, AclToken } from "@causeway/model";
import type { AclDirectory } from "@causeway/policy";

type Json = Readonly<Record<string, unknown>>;

/** What stands for a secret where whoever asks may not see it. */
const HIDDEN = "<hidden>";

/** A policy by itself. */
export function policyJson(policy: AclPolicy): Json {
  const { ID, Name, Description, Rules, Datacenters, Hash, CreateIndex, ModifyIndex } = policy;
  return { ID, Name, Description, Rules, ...unlessEmpty({ Datacenters }), Hash, CreateIndex, ModifyIndex };
}

/** A policy among others: without its rules. */
export function policySummaryJson(policy: AclPolicy): Json {
  const { ID, Name, Description, Datacenters, Hash, CreateIndex, ModifyIndex } = policy;
  const where = Datacenters.length === 0 ? null : Datacenters;
  return { ID, Name, Description, Datacenters: where, Hash, CreateIndex, ModifyIndex };
}

/** A role; policies that are gone are left out. */
export function roleJson(role: AclRole, directory: AclDirectory): Json {
  const { ID, Name, Description, Hash, CreateIndex, ModifyIndex } = role;
  const Policies = linksJson(role.Policies, directory.policies);
  return {
    ID,
    Name,
    Description,
    ...unlessEmpty({ Policies }),
    ...identitiesJson(role),
    Hash,
    CreateIndex,
    ModifyIndex,
  };
}

/** A token with its secret, or with what stands for that. */
export function tokenJson(token: AclToken, directory: AclDirectory, { secret }: { readonly secret: boolean }): Json {
  const { AccessorID, ...rest } = tokenSummaryJson(token, directory);
  return { AccessorID, SecretID: secret ? token.SecretID : HIDDEN, ...rest };
}

/** A token among others: without its secret. */
export function tokenSummaryJson(token: AclToken, directory: AclDirectory): Json {
  const { AccessorID, Description, CreateTime, ExpirationTime, Hash, CreateIndex, ModifyIndex } = token;
  return {
    AccessorID,
    Description,
    ...unlessEmpty({ Policies: linksJson(token.Policies, directory.policies) }),
    ...unlessEmpty({ Roles: linksJson(token.Roles, directory.roles) }),
    ...identitiesJson(token),
    Local: token.Datacenter !== undefined,
    ...(ExpirationTime === undefined ? {} : { ExpirationTime }),
    CreateTime,
    Hash,
    CreateIndex,
    ModifyIndex,
  };
}

function linksJson(ids: readonly string[], known: ReadonlyMap<string, { readonly ID: string; readonly Name: string }>) {
  return ids.flatMap((id) => known.get(id) ?? []).map(({ ID, Name }) => ({ ID, Name }));
}

type Identities = {
  readonly ServiceIdentities: readonly AclServiceIdentity[];
  readonly NodeIdentities: readonly AclNodeIdentity[];
};

function identitiesJson({ ServiceIdentities, NodeIdentities }: Identities): Json {
  const services = ServiceIdentities.map(({ ServiceName, Datacenters }) => ({
    ServiceName,
    ...unlessEmpty({ Datacenters }),
  }));
  return { ...unlessEmpty({ ServiceIdentities: services }), ...unlessEmpty({ NodeIdentities }) };
}

/** The one field of `fields`, unless its list is empty, which Consul leaves out. */
function unlessEmpty(fields: Readonly<Record<string, readonly unknown[]>>): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0));
}
