import type { Handlers } from "@causeway/bus";
import { type AclRole, type AclRoleRequest, quoted } from "@causeway/model";
import { contentHash } from "./content-hash.ts";
import { checkedIdentities, checkId, checkName, isUuid, linkedIds, refused } from "./names.ts";
import type { Store } from "./store.ts";

/** The verbs that write roles. */
export function roleVerbs(store: Store): Handlers<"acl.put-role" | "acl.delete-role"> {
  return {
    "acl.put-role": async ({ Token, Role }) => {
      const ID = Role.ID || store.newId();
      const Index = await store.changeBy(Token, () => {
        const value = Role.ID === "" ? created(store, ID, Role) : updated(store, Role);
        return { kind: "role", id: ID, value };
      });
      return { ID, Index };
    },
    "acl.delete-role": async ({ Token, ID }) => {
      const Index = await store.changeBy(Token, () => {
        checkId("role", ID);
        return store.directory.roles.has(ID) ? { kind: "role", id: ID, value: undefined } : undefined;
      });
      return { Index };
    },
  };
}

function created(store: Store, id: string, wanted: AclRoleRequest): AclRole {
  checkName("Role", wanted.Name);
  if (store.directory.roleNamed(wanted.Name) !== undefined) {
    throw refused(`Invalid Role: A Role with Name ${quoted(wanted.Name)} already exists`);
  }
  return { ...content(store, wanted), ID: id, CreateIndex: 0, ModifyIndex: 0 };
}

function updated(store: Store, wanted: AclRoleRequest): AclRole {
  checkName("Role", wanted.Name);
  if (!isUuid(wanted.ID)) throw refused("Role ID invalid UUID");
  const existing = store.directory.roles.get(wanted.ID);
  if (existing === undefined) throw refused(`cannot find role ${wanted.ID}`);
  if (existing.Name !== wanted.Name && store.directory.roleNamed(wanted.Name) !== undefined) {
    throw refused(`Invalid Role: A role with name ${quoted(wanted.Name)} already exists`);
  }
  return { ...existing, ...content(store, wanted), ModifyIndex: 0 };
}

function content({ directory }: Store, wanted: AclRoleRequest) {
  const named = (name: string) => directory.policyNamed(name);
  const said = {
    Name: wanted.Name,
    Description: wanted.Description,
    Policies: linkedIds("policy", wanted.Policies, { known: directory.policies, named }),
    ...checkedIdentities(wanted, "role"),
  };
  return { ...said, Hash: contentHash(said) };
}
