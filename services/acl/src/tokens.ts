import { type Handlers, Refusal } from "@causeway/bus";
import { ANONYMOUS_ACCESSOR_ID } from "@causeway/model";
import { hasExpired } from "@causeway/policy";
import { contentHash } from "./content-hash.ts";
import { checkId, refused } from "./names.ts";
import type { Store } from "./store.ts";
import { createdToken, updatedToken } from "./token-rules.ts";

type TokenVerb = "acl.create-token" | "acl.update-token" | "acl.clone-token" | "acl.delete-token";

/** The verbs that write tokens. */
export function tokenVerbs(store: Store): Handlers<TokenVerb> {
  return {
    "acl.create-token": async ({ Token, Datacenter, Wanted }) => {
      const AccessorID = Wanted.AccessorID || store.newId();
      const Index = await store.changeBy(Token, () => {
        const value = { AccessorID, ...createdToken(store, Wanted, Datacenter) };
        return { kind: "token", id: AccessorID, value };
      });
      return { ID: AccessorID, Index };
    },
    "acl.update-token": async ({ Token, Wanted }) => {
      const Index = await store.changeBy(Token, () => {
        const value = updatedToken(store, Wanted);
        return { kind: "token", id: value.AccessorID, value };
      });
      return { ID: Wanted.AccessorID, Index };
    },
    "acl.clone-token": async ({ Token, ID, Description }) => {
      const AccessorID = store.newId();
      const SecretID = store.newId();
      const Index = await store.changeBy(Token, () => {
        const value = { ...cloned(store, ID, Description), AccessorID, SecretID };
        return { kind: "token", id: AccessorID, value };
      });
      return { ID: AccessorID, Index };
    },
    "acl.delete-token": async ({ Token, ID }) => {
      const Index = await store.changeBy(Token, (asker) => {
        checkId("token", ID);
        if (ID === ANONYMOUS_ACCESSOR_ID) throw refused("Delete operation not permitted on the anonymous token");
        if (ID === asker.AccessorID) {
          throw refused("Deletion of the request's authorization token is not permitted");
        }
        return store.directory.tokens.has(ID) ? { kind: "token", id: ID, value: undefined } : undefined;
      });
      return { Index };
    },
  };
}

/** What a clone has of its original: all but its IDs, and when it was made. */
function cloned(store: Store, id: string, description: string) {
  checkId("token", id);
  const original = store.directory.tokens.get(id);
  if (original === undefined || hasExpired(original, store.nowMs)) throw new Refusal(403, "ACL not found");
  const Description = description || original.Description;
  const { Policies, Roles, ServiceIdentities, NodeIdentities } = original;
  const Hash = contentHash({ Description, Policies, Roles, ServiceIdentities, NodeIdentities });
  return { ...original, Description, Hash, CreateTime: store.now, CreateIndex: 0, ModifyIndex: 0 };
}
