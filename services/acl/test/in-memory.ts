import { BusError } from "@causeway/bus";
import type { AclTokenRequest } from "@causeway/model";
import { AclDirectory } from "@causeway/policy";
import { FakeClock } from "@causeway/runtime/testing";
import { ensureBuiltIn } from "../src/bootstrap.ts";
import { policyVerbs } from "../src/policies.ts";
import { roleVerbs } from "../src/roles.ts";
import { Store } from "../src/store.ts";
import { tokenVerbs } from "../src/tokens.ts";

/** The secret of a token that may do everything. */
export const ROOT = "root";

/** The service without NATS: its verbs over a bucket in memory, with IDs that count up and a clock that stands still. */
export async function inMemory() {
  const directory = new AclDirectory({ datacenter: "dc1", defaultPolicy: "deny" });
  const clock = new FakeClock();
  let revision = 0;
  let ids = 0;
  const store = new Store({
    directory,
    clock,
    newId: () => `${String(++ids).padStart(8, "0")}-1111-1111-1111-111111111111`,
    mirror: {
      catchUp: async () => {},
      reach: async () => {},
      get revision() {
        return revision;
      },
    },
    bucket: {
      writeAfter: async (after, kind, names, value) => {
        if (after !== revision) throw new BusError({ code: "CONFLICT", bucket: "acl", key: kind });
        directory.apply({ kind, names, revision: ++revision, record: value && { value } });
        return revision;
      },
    },
  });
  await ensureBuiltIn(store, ROOT);
  return { store, directory, clock, verbs: { ...policyVerbs(store), ...roleVerbs(store), ...tokenVerbs(store) } };
}

/** A request for a token, empty but for what is given. */
export function wantedToken(more: Partial<AclTokenRequest> = {}): AclTokenRequest {
  return {
    AccessorID: "",
    SecretID: "",
    Description: "",
    Policies: [],
    Roles: [],
    ServiceIdentities: [],
    NodeIdentities: [],
    Local: false,
    ExpirationTTL: 0,
    ...more,
  };
}
