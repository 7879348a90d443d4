import { AclPolicyRequest, AclRoleRequest, AclTokenRequest } from "../acl.ts";
import { Type } from "../schema.ts";
import { Identified, Token, type VerbTable, Written } from "./common.ts";

/** What **acl** is asked. */
export const ACL_VERBS = {
  /** Makes the first management token; refused ever after, until an operator allows it once more. */
  "acl.bootstrap": { global: true, request: Type.Object({}), reply: Identified },
  "acl.put-policy": { global: true, request: Type.Object({ Token, Policy: AclPolicyRequest }), reply: Identified },
  "acl.delete-policy": { global: true, request: Type.Object({ Token, ID: Type.String() }), reply: Written },
  "acl.put-role": { global: true, request: Type.Object({ Token, Role: AclRoleRequest }), reply: Identified },
  "acl.delete-role": { global: true, request: Type.Object({ Token, ID: Type.String() }), reply: Written },
  /** Makes a token; `Datacenter` is where a local one holds. The ID of a token is its AccessorID. */
  "acl.create-token": {
    global: true,
    request: Type.Object({ Token, Datacenter: Type.String(), Wanted: AclTokenRequest }),
    reply: Identified,
  },
  "acl.update-token": { global: true, request: Type.Object({ Token, Wanted: AclTokenRequest }), reply: Identified },
  "acl.clone-token": {
    global: true,
    request: Type.Object({ Token, ID: Type.String(), Description: Type.String() }),
    reply: Identified,
  },
  "acl.delete-token": { global: true, request: Type.Object({ Token, ID: Type.String() }), reply: Written },
} as const satisfies VerbTable;
