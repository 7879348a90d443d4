import { CreateModifyIndex } from "./common.ts";
import { type Static, Type } from "./schema.ts";

/** The built-in policy that allows everything. */
export const GLOBAL_MANAGEMENT_ID = "00000000-0000-0000-0000-000000000001";

/** The token of whoever shows none, and what stands for its secret. */
export const ANONYMOUS_ACCESSOR_ID = "00000000-0000-0000-0000-000000000002";
export const ANONYMOUS_SECRET = "anonymous";

/** A service whose registration a token or role stands for, in these datacenters or, with none, in all. */
export const AclServiceIdentity = Type.Object({ ServiceName: Type.String(), Datacenters: Type.Array(Type.String()) });
export type AclServiceIdentity = Static<typeof AclServiceIdentity>;

/** A node whose registration a token or role stands for. */
export const AclNodeIdentity = Type.Object({ NodeName: Type.String(), Datacenter: Type.String() });
export type AclNodeIdentity = Static<typeof AclNodeIdentity>;

const Described = {
  Description: Type.String(),
  Hash: Type.String({ description: "Of what its author has written; another one after each change of that." }),
  ...CreateModifyIndex,
};

const Identities = {
  ServiceIdentities: Type.Array(AclServiceIdentity),
  NodeIdentities: Type.Array(AclNodeIdentity),
};

/** Key `policy.<ID>`: rules under a name. @see https://developer.hashicorp.com/consul/docs/security/acl/acl-policies */
export const AclPolicy = Type.Object({
  ID: Type.String({ minLength: 1 }),
  Name: Type.String({ minLength: 1 }),
  Rules: Type.String({ description: "HCL or JSON, as its author wrote it." }),
  Datacenters: Type.Array(Type.String(), { description: "Where it holds; everywhere when there are none." }),
  ...Described,
});
export type AclPolicy = Static<typeof AclPolicy>;

const PolicyIds = Type.Array(Type.String(), { description: "IDs; those of policies that are gone grant nothing." });

/** Key `role.<ID>`: policies and identities under a name. */
export const AclRole = Type.Object({
  ID: Type.String({ minLength: 1 }),
  Name: Type.String({ minLength: 1 }),
  Policies: PolicyIds,
  ...Identities,
  ...Described,
});
export type AclRole = Static<typeof AclRole>;

/**
 * Key `token.<AccessorID>`: what whoever knows the secret may do.
 *
 * The secret stands in the value, since Consul's API gives it back, and in no key: keys are told in logs.
 */
export const AclToken = Type.Object({
  AccessorID: Type.String({ minLength: 1 }),
  SecretID: Type.String({ minLength: 1, secret: true }),
  Policies: PolicyIds,
  Roles: Type.Array(Type.String(), { description: "IDs." }),
  ...Identities,
  Datacenter: Type.Optional(
    Type.String({ description: "Where it holds, of a local token; any other one holds everywhere." }),
  ),
  CreateTime: Type.String({ description: "RFC 3339 time." }),
  ExpirationTime: Type.Optional(Type.String({ description: "RFC 3339 time." })),
  ...Described,
});
export type AclToken = Static<typeof AclToken>;

/** Key `bootstrap`: there once a management token has been given out. Its revision is the reset index that Consul tells. */
export const AclBootstrapped = Type.Object({ AccessorID: Type.String() });
export type AclBootstrapped = Static<typeof AclBootstrapped>;

/** A policy or role by either of its names. */
const Link = Type.Object({ ID: Type.Optional(Type.String()), Name: Type.Optional(Type.String()) });

/** A policy as it is asked for: a new one without an ID. */
export const AclPolicyRequest = Type.Object({
  ID: Type.String(),
  Name: Type.String(),
  Description: Type.String(),
  Rules: Type.String(),
  Datacenters: Type.Array(Type.String()),
});
export type AclPolicyRequest = Static<typeof AclPolicyRequest>;

/** A role as it is asked for: a new one without an ID. */
export const AclRoleRequest = Type.Object({
  ID: Type.String(),
  Name: Type.String(),
  Description: Type.String(),
  Policies: Type.Array(Link),
  ...Identities,
});
export type AclRoleRequest = Static<typeof AclRoleRequest>;

/** A token as it is asked for. What is empty is made up, or when a token is changed, kept. */
export const AclTokenRequest = Type.Object({
  AccessorID: Type.String(),
  SecretID: Type.String({ secret: true }),
  Description: Type.String(),
  Policies: Type.Array(Link),
  Roles: Type.Array(Link),
  ...Identities,
  Local: Type.Boolean(),
  ExpirationTime: Type.Optional(Type.String({ description: "RFC 3339 time." })),
  ExpirationTTL: Type.Integer({ description: "Nanoseconds; 0 when it is not asked for." }),
});
export type AclTokenRequest = Static<typeof AclTokenRequest>;
export type AclLink = Static<typeof Link>;
