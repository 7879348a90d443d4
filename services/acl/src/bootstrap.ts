import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Handlers, Refusal } from "@causeway/bus";
import { GLOBAL_MANAGEMENT_ID } from "@causeway/model";
import { anonymousToken, GLOBAL_MANAGEMENT, managementToken } from "./built-in.ts";
import type { Store } from "./store.ts";

/** The file in which an operator allows one more bootstrap, by the index that the refusal of it told. */
const RESET_FILE = "acl-bootstrap-reset";

/** The verb that gives out the first management token. `dataDir` is where an operator can allow it again. */
export function bootstrapVerbs(store: Store, dataDir: string | undefined): Handlers<"acl.bootstrap"> {
  return {
    "acl.bootstrap": async () => {
      const allowedAgain = await resetIndexIn(dataDir);
      const ID = store.newId();
      const SecretID = store.newId();
      // Claimed first: of several who ask at once only one is to get a token.
      await store.change(() => {
        const { resetIndex } = store.directory;
        if (resetIndex !== undefined && resetIndex !== allowedAgain) {
          throw new Refusal(403, `Permission denied: ACL bootstrap no longer allowed (reset index: ${resetIndex})`);
        }
        return { kind: "bootstrap", value: { AccessorID: ID } };
      });
      const value = managementToken(ID, SecretID, "Bootstrap Token (Global Management)", store.now);
      return { ID, Index: await store.change(() => ({ kind: "token", id: ID, value })) };
    },
  };
}

/** Makes what must always be there: the built-in policy, the anonymous token, and the management token of the configuration. */
export async function ensureBuiltIn(store: Store, initialManagementToken: string | undefined): Promise<void> {
  const { directory } = store;
  await store.change(() => {
    if (directory.policies.has(GLOBAL_MANAGEMENT_ID)) return undefined;
    return { kind: "policy", id: GLOBAL_MANAGEMENT_ID, value: GLOBAL_MANAGEMENT };
  });
  await store.change(() => {
    const anonymous = anonymousToken(store.now);
    const there = directory.tokens.has(anonymous.AccessorID);
    return there ? undefined : { kind: "token", id: anonymous.AccessorID, value: anonymous };
  });
  if (initialManagementToken === undefined) return;
  const value = managementToken(store.newId(), initialManagementToken, "Master Token", store.now);
  await store.change(() => {
    const there = directory.tokenWithSecret(initialManagementToken) !== undefined;
    return there ? undefined : { kind: "token", id: value.AccessorID, value };
  });
  await store.change(() => {
    if (directory.resetIndex !== undefined) return undefined;
    return { kind: "bootstrap", value: { AccessorID: value.AccessorID } };
  });
}

async function resetIndexIn(dataDir: string | undefined): Promise<number | undefined> {
  if (dataDir === undefined) return undefined;
  try {
    const index = Number((await readFile(join(dataDir, RESET_FILE), "utf8")).trim());
    return Number.isInteger(index) ? index : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
