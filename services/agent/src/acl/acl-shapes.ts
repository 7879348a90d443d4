import type {
  AclLink,
  AclNodeIdentity,
  AclPolicyRequest,
  AclRoleRequest,
  AclServiceIdentity,
  AclTokenRequest,
} from "@causeway/model";
import { answered } from "../http/errors.ts";
import { any, bool, duration, listOf, type Shaped, string, struct, uint64 } from "../http/go-shape.ts";

const Indexes = { CreateIndex: uint64, ModifyIndex: uint64, Hash: any };
const Link = struct("structs.ACLTokenPolicyLink", { ID: string, Name: string });
const ServiceIdentity = struct("structs.ACLServiceIdentity", { ServiceName: string, Datacenters: listOf(string) });
const NodeIdentity = struct("structs.ACLNodeIdentity", { NodeName: string, Datacenter: string });
const Identities = { ServiceIdentities: listOf(ServiceIdentity), NodeIdentities: listOf(NodeIdentity) };

/** A policy as it comes in. */
export const PolicyShape = struct("structs.ACLPolicy", {
  ID: string,
  Name: string,
  Description: string,
  Rules: string,
  Datacenters: listOf(string),
  ...Indexes,
});
export type PolicyBody = Shaped<typeof PolicyShape>;

/** A role as it comes in. */
export const RoleShape = struct("structs.ACLRole", {
  ID: string,
  Name: string,
  Description: string,
  Policies: listOf(Link),
  ...Identities,
  ...Indexes,
});
export type RoleBody = Shaped<typeof RoleShape>;

/** A token as it comes in; what its maker cannot choose may stand in it, since clients send back what they have read. */
export const TokenShape = struct("structs.ACLToken", {
  AccessorID: string,
  SecretID: string,
  Description: string,
  Policies: listOf(Link),
  Roles: listOf(Link),
  ...Identities,
  Type: string,
  Rules: string,
  Local: bool,
  AuthMethod: string,
  ExpirationTime: string,
  ExpirationTTL: duration,
  CreateTime: any,
  ...Indexes,
});
export type TokenBody = Shaped<typeof TokenShape>;

/** What a policy's author asks for. */
export function policyRequest(body: PolicyBody): AclPolicyRequest {
  const { ID = "", Name = "", Description = "", Rules = "", Datacenters = [] } = body;
  return { ID, Name, Description, Rules, Datacenters };
}

/** What a role's author asks for. */
export function roleRequest(body: RoleBody): AclRoleRequest {
  const { ID = "", Name = "", Description = "", Policies = [] } = body;
  return { ID, Name, Description, Policies: links(Policies), ...identities(body) };
}

/** What a token's author asks for. Throws an ApiError for what only Consul before 1.4, or a login, could give a token. */
export function tokenRequest(body: TokenBody): AclTokenRequest {
  const { AccessorID = "", SecretID = "", Description = "", Policies = [], Roles = [], Local = false } = body;
  const { ExpirationTime, ExpirationTTL = 0, Rules = "", Type = "", AuthMethod = "" } = body;
  if (Rules !== "") throw answered(500, "Rules cannot be specified for this token");
  if (Type !== "") throw answered(500, "Type cannot be specified for this token");
  if (AuthMethod !== "") throw answered(500, "AuthMethod field is disallowed outside of Login");
  const token = {
    AccessorID,
    SecretID,
    Description,
    Policies: links(Policies),
    Roles: links(Roles),
    Local,
    ExpirationTTL,
  };
  return { ...token, ...identities(body), ...(ExpirationTime === undefined ? {} : { ExpirationTime }) };
}

function links(given: readonly AclLink[]): AclLink[] {
  return given.map(({ ID = "", Name = "" }) => ({ ID, Name }));
}

function identities({ ServiceIdentities = [], NodeIdentities = [] }: Pick<TokenBody, keyof typeof Identities>): {
  ServiceIdentities: AclServiceIdentity[];
  NodeIdentities: AclNodeIdentity[];
} {
  return {
    ServiceIdentities: ServiceIdentities.map(({ ServiceName = "", Datacenters = [] }) => ({
      ServiceName,
      Datacenters,
    })),
    NodeIdentities: NodeIdentities.map(({ NodeName = "", Datacenter = "" }) => ({ NodeName, Datacenter })),
  };
}
