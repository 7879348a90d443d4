import {
  type AclPolicy,
  type AclToken,
  ANONYMOUS_ACCESSOR_ID,
  ANONYMOUS_SECRET,
  GLOBAL_MANAGEMENT_ID,
} from "@causeway/model";
import { contentHash } from "./content-hash.ts";

const NAMED = ["agent", "event", "key", "node", "query", "service", "session"];

/** Word for word what Consul 1.8 tells of its built-in policy. */
const RULES = `
acl = "write"
${NAMED.map(ruleText).join("\n")}`
  .replace('node_prefix ""', 'keyring = "write"\nnode_prefix ""')
  .replace('query_prefix ""', 'operator = "write"\nquery_prefix ""');

function ruleText(resource: string): string {
  const intentions = resource === "service" ? '\n\tintentions = "write"' : "";
  return `${resource}_prefix "" {\n\tpolicy = "write"${intentions}\n}`;
}

const written = {
  Name: "global-management",
  Description: "Builtin Policy that grants unlimited access",
  Rules: RULES,
  Datacenters: [],
};

/** The policy that allows everything; its rules and datacenters never change. */
export const GLOBAL_MANAGEMENT: AclPolicy = {
  ID: GLOBAL_MANAGEMENT_ID,
  ...written,
  Hash: contentHash(written),
  CreateIndex: 0,
  ModifyIndex: 0,
};

/** The token of whoever shows none, as it is before an operator gives it policies. */
export function anonymousToken(now: string): AclToken {
  return { ...emptyToken("Anonymous Token", now), AccessorID: ANONYMOUS_ACCESSOR_ID, SecretID: ANONYMOUS_SECRET };
}

/** A token that may do everything. */
export function managementToken(AccessorID: string, SecretID: string, description: string, now: string): AclToken {
  const Policies = [GLOBAL_MANAGEMENT_ID];
  return {
    ...emptyToken(description, now),
    Policies,
    AccessorID,
    SecretID,
    Hash: contentHash({ description, Policies }),
  };
}

function emptyToken(Description: string, CreateTime: string): Omit<AclToken, "AccessorID" | "SecretID"> {
  return {
    Description,
    Policies: [],
    Roles: [],
    ServiceIdentities: [],
    NodeIdentities: [],
    CreateTime,
    Hash: contentHash({ Description }),
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}
