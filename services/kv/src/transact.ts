import { BusError, type Handlers, Refusal, type Stored } from "@causeway/bus";
import {
  type CatalogTransacted,
  type KV_VERBS,
  type KvEntry,
  type KvOperation,
  type KvResult,
  type KvTransacted,
  MAX_TRANSACTION_OPERATIONS,
  withIndexes,
} from "@causeway/model";
import { type AskCatalog, CatalogPart } from "./catalog-part.ts";
import { checkKey, checkValue, keysUnder, type Store } from "./store.ts";
import { type Change, PENDING, type Plan, planned } from "./transaction.ts";
import { inTurn } from "./turn.ts";

/** What fits into one answer over the bus, with what surrounds it. */
const MAX_RESULT_BYTES = 917_504;

const ONLY_READ: ReadonlySet<string> = new Set([
  "get",
  "get-tree",
  "check-index",
  "check-session",
  "check-not-exists",
] satisfies (typeof KV_VERBS)[number][]);

/** A transaction that has lost to other replicas so often is given up. */
const MAX_ATTEMPTS = 5;

/** The verb that does several operations or none; those on the catalog are done by its owner, with the token of whoever asks. */
export function transactionVerbs(store: Store, askCatalog: AskCatalog): Handlers<"kv.transact"> {
  return {
    "kv.transact": async ({ Operations, Catalog = [], ...by }) => {
      checkOperations(Operations, Catalog.length);
      const catalog = Catalog.length === 0 ? undefined : new CatalogPart(askCatalog, { Operations: Catalog, ...by });
      const alone = () => transact(store, Operations, catalog);
      return store.gate.alone(() => (concernsSeveral(Operations, Catalog.length) ? inTurn(store, alone) : alone()));
    },
  };
}

/** Whether a transaction writes something and has to do with something else as well: then nobody else may be half way through another. */
function concernsSeveral(operations: readonly KvOperation[], others: number): boolean {
  return operations.length + others > 1 && (others > 0 || operations.some(({ Verb }) => !ONLY_READ.has(Verb)));
}

function checkOperations(operations: readonly KvOperation[], others: number): void {
  const length = operations.length + others;
  if (length > MAX_TRANSACTION_OPERATIONS) {
    throw new Refusal(413, `Transaction contains too many operations (${length} > ${MAX_TRANSACTION_OPERATIONS})`);
  }
  for (const { Key, Value = "" } of operations) {
    if (Key !== "") checkKey(Key);
    checkValue(Key, Value);
  }
}

/**
 * Decides on what is there now and writes it. Nothing else is written by this replica meanwhile, nor by a transaction of another one;
 * when that changes a key that this writes by itself, what is written already is put back, and all is decided anew.
 *
 * The catalog comes last, when it has said that nothing is in the way; if something is all the same, the keys are put back. So others may
 * see keys for a moment that were not to be, and a crash in between leaves the keys alone written.
 */
async function transact(
  store: Store,
  operations: readonly KvOperation[],
  catalog: CatalogPart | undefined,
): Promise<KvTransacted> {
  for (let attempt = 1; ; attempt++) {
    await store.mirror.catchUp();
    const plan = planned(operations, stateOf(store));
    const there = await catalog?.rehearse();
    if (plan.errors.length > 0 || (there?.Errors.length ?? 0) > 0) return failed(store, plan, there);
    refuseTooLarge(plan);
    const revisions = await writeAll(store, plan);
    if (revisions !== undefined) {
      const done = await catalog?.carryOut(() => putBack(store.bucket, plan.changes, revisions));
      if (done !== undefined && done.Errors.length > 0) return failed(store, plan, done);
      const told = reply(plan, revisions, store.mirror.revision);
      return done === undefined ? told : { ...told, Catalog: done };
    }
    if (attempt === MAX_ATTEMPTS) throw new Refusal(500, "transaction lost to other writers of its keys: try again");
  }
}

function failed(store: Store, { errors }: Plan, catalog: CatalogTransacted | undefined): KvTransacted {
  const told = { Results: [], Errors: [...errors], Index: store.mirror.revision };
  return catalog === undefined ? told : { ...told, Catalog: catalog };
}

function stateOf(store: Store): Parameters<typeof planned>[1] {
  const { mirror } = store;
  return {
    get: (key) => mirror.get("entry", key),
    keysUnder: (prefix) => [...keysUnder(store, prefix)].map(([key]) => key).sort(),
    isSession: (id) => {
      const session = mirror.get("session", id)?.value;
      return session !== undefined && session.Ended !== true;
    },
    isDelayed: (key) => mirror.get("lock-delay", key) !== undefined,
  };
}

/** Writes every change; gives the revision of each, or undefined when it had to put them back. */
async function writeAll({ bucket }: Store, { changes }: Plan): Promise<ReadonlyMap<string, number> | undefined> {
  const revisions = new Map<string, number>();
  for (const [key, { before, after }] of changes) {
    try {
      revisions.set(key, await writeOne(bucket, key, before, after));
    } catch (error) {
      await putBack(bucket, changes, revisions);
      if (error instanceof BusError && error.failure.code === "CONFLICT") return undefined;
      throw error;
    }
  }
  return revisions;
}

function writeOne(
  bucket: Store["bucket"],
  key: string,
  before: Stored<KvEntry> | undefined,
  after: KvEntry | undefined,
): Promise<number> {
  if (before === undefined) return after === undefined ? Promise.resolve(0) : bucket.create("entry", [key], after);
  if (after === undefined) return bucket.remove("entry", [key], before.revision);
  return bucket.update("entry", [key], after, before.revision);
}

/** What somebody else has written since stays. */
async function putBack(
  bucket: Store["bucket"],
  changes: ReadonlyMap<string, Change>,
  revisions: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [key, revision] of revisions) {
    const before = changes.get(key)?.before;
    const was = before && { ...withIndexes(before.value, before.revision), ModifyIndex: 0 };
    await bucket.change("entry", [key], (stored) =>
      (stored?.revision ?? revision) === revision ? was : stored?.value,
    );
  }
}

/** Told before anything is written: an answer that cannot be sent must not belong to something that was done. */
function refuseTooLarge({ results }: Plan): void {
  const bytes = results.reduce((sum, { key, entry, withValue }) => {
    return sum + key.length + (withValue ? entry.value.Value.length : 0);
  }, 0);
  if (bytes <= MAX_RESULT_BYTES) return;
  throw new Refusal(
    413,
    `Transaction reads too much (${bytes} > ${MAX_RESULT_BYTES} bytes in base64): read less at a time`,
  );
}

function reply({ results }: Plan, revisions: ReadonlyMap<string, number>, read: number): KvTransacted {
  const Index = Math.max(read, ...revisions.values());
  const Results = results.map(({ opIndex, key, entry: { value, revision }, withValue }): KvResult => {
    const at = revision === PENDING ? (revisions.get(key) ?? Index) : revision;
    const settled = revision === PENDING ? { ...value, CreateIndex: Math.max(0, value.CreateIndex) } : value;
    const Entry = withIndexes(settled, at);
    return { OpIndex: opIndex, Key: key, Entry: withValue ? Entry : { ...Entry, Value: "" } };
  });
  return { Results, Errors: [], Index };
}
