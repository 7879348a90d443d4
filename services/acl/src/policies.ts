import type { Handlers } from "@causeway/bus";
import { type AclPolicy, type AclPolicyRequest, GLOBAL_MANAGEMENT_ID, quoted } from "@causeway/model";
import { parseRules, RulesError } from "@causeway/policy";
import { contentHash } from "./content-hash.ts";
import { checkId, checkName, isUuid, refused } from "./names.ts";
import type { Store } from "./store.ts";

/** The verbs that write policies. */
export function policyVerbs(store: Store): Handlers<"acl.put-policy" | "acl.delete-policy"> {
  return {
    "acl.put-policy": async ({ Token, Policy }) => {
      const ID = Policy.ID || store.newId();
      const Index = await store.changeBy(Token, () => {
        const value = Policy.ID === "" ? created(store, ID, Policy) : updated(store, Policy);
        return { kind: "policy", id: ID, value };
      });
      return { ID, Index };
    },
    "acl.delete-policy": async ({ Token, ID }) => {
      const Index = await store.changeBy(Token, () => {
        checkId("policy", ID);
        if (ID === GLOBAL_MANAGEMENT_ID) {
          throw refused("Delete operation not permitted on the builtin global-management policy");
        }
        return store.directory.policies.has(ID) ? { kind: "policy", id: ID, value: undefined } : undefined;
      });
      return { Index };
    },
  };
}

function created({ directory }: Store, id: string, wanted: AclPolicyRequest): AclPolicy {
  checkName("Policy", wanted.Name);
  if (directory.policyNamed(wanted.Name) !== undefined) {
    throw refused(`Invalid Policy: A Policy with Name ${quoted(wanted.Name)} already exists`);
  }
  return { ...content(wanted), ID: id, CreateIndex: 0, ModifyIndex: 0 };
}

function updated({ directory }: Store, wanted: AclPolicyRequest): AclPolicy {
  checkName("Policy", wanted.Name);
  if (!isUuid(wanted.ID)) throw refused("Policy ID invalid UUID");
  const existing = directory.policies.get(wanted.ID);
  if (existing === undefined) throw refused(`cannot find policy ${wanted.ID}`);
  if (existing.Name !== wanted.Name && directory.policyNamed(wanted.Name) !== undefined) {
    throw refused(`Invalid Policy: A policy with name ${quoted(wanted.Name)} already exists`);
  }
  if (wanted.ID === GLOBAL_MANAGEMENT_ID) {
    const builtIn = "for the builtin global-management policy is not permitted";
    if (wanted.Datacenters.length > 0) throw refused(`Changing the Datacenters ${builtIn}`);
    if (wanted.Rules !== existing.Rules) throw refused(`Changing the Rules ${builtIn}`);
  }
  return { ...existing, ...content(wanted), ModifyIndex: 0 };
}

/** What a policy says. Throws Consul's refusal of rules that cannot be read. */
function content({ Name, Description, Rules, Datacenters }: AclPolicyRequest) {
  try {
    parseRules(Rules);
  } catch (error) {
    throw error instanceof RulesError ? refused(error.message) : error;
  }
  const said = { Name, Description, Rules, Datacenters };
  return { ...said, Hash: contentHash(said) };
}
