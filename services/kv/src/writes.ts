import { BusError, type Handlers, Refusal } from "@causeway/bus";
import { type KvPutRequest, quoted, type Reply, type Written } from "@causeway/model";
import { type KvWrite, written } from "./entry.ts";
import { canLock } from "./sessions.ts";
import { checkKey, checkValue, keysUnder, type Store } from "./store.ts";

type Applied = Reply<"kv.put">;

/** How many keys of a tree are deleted at a time. */
const DELETIONS_AT_A_TIME = 256;

/** The verbs that write keys, one or all under a prefix. */
export function writeVerbs(store: Store): Handlers<"kv.put" | "kv.delete" | "kv.delete-tree"> {
  return {
    "kv.put": (request) => store.gate.beside(() => put(store, request)),
    "kv.delete": ({ Key, CAS }) => {
      checkKey(Key);
      const write: KvWrite = CAS === undefined ? { kind: "delete" } : { kind: "delete-cas", index: CAS };
      return store.gate.beside(() => change(store, Key, write));
    },
    "kv.delete-tree": ({ Prefix }) => deleteTree(store, Prefix),
  };
}

async function put(store: Store, { Key, Value: value, Flags: flags = "0", ...how }: KvPutRequest): Promise<Applied> {
  checkKey(Key);
  checkValue(Key, value);
  const content = { value, flags };
  const { CAS, Acquire, Release } = how;
  if (Acquire !== undefined) return lock(store, Key, Acquire, content);
  if (Release !== undefined) {
    if (Release === "") throw new Refusal(500, "missing session");
    return change(store, Key, { kind: "unlock", session: Release, ...content });
  }
  return change(store, Key, CAS === undefined ? { kind: "set", ...content } : { kind: "cas", index: CAS, ...content });
}

async function lock(
  store: Store,
  key: string,
  session: string,
  content: { readonly value: string; readonly flags: string },
): Promise<Applied> {
  if (session === "") throw new Refusal(500, "missing session");
  const invalid = new Refusal(500, `invalid session ${quoted(session)}`);
  if (!(await canLock(store, session))) throw invalid;
  const delayed = await store.bucket.get("lock-delay", key);
  if (delayed !== undefined) return { Applied: false, Index: 0 };
  const locked = await change(store, key, { kind: "lock", session, ...content });
  // The session may have ended between the two, its keys being let go before this one was locked.
  if (locked.Applied && !(await canLock(store, session))) {
    await change(store, key, { kind: "unlock", session, ...content });
    throw invalid;
  }
  return locked;
}

async function change({ bucket }: Store, key: string, write: KvWrite): Promise<Applied> {
  let Applied = false;
  const Index = await bucket.change("entry", [key], (stored) => {
    const outcome = written(stored, write);
    Applied = outcome.applied;
    return outcome.next;
  });
  return { Applied, Index };
}

/**
 * Deletes what is under the prefix when the request comes, some keys at a time, so that others who write need not wait for all of it. A
 * key that is written meanwhile counts as written afterwards, and stays; readers may see some keys gone before others.
 */
async function deleteTree(store: Store, prefix: string): Promise<Written> {
  await store.mirror.catchUp();
  const under = [...keysUnder(store, prefix)];
  let Index = 0;
  for (let from = 0; from < under.length; from += DELETIONS_AT_A_TIME) {
    const some = under.slice(from, from + DELETIONS_AT_A_TIME);
    const removed = () => Promise.all(some.map(([key, revision]) => removeAt(store, key, revision)));
    Index = Math.max(Index, ...(await store.gate.beside(removed)));
  }
  return { Index };
}

async function removeAt({ bucket }: Store, key: string, revision: number): Promise<number> {
  try {
    return await bucket.remove("entry", [key], revision);
  } catch (error) {
    if (error instanceof BusError && error.failure.code === "CONFLICT") return 0;
    throw error;
  }
}
