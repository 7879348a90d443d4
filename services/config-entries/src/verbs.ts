import { isDeepStrictEqual } from "node:util";
import {
  type AclCheck,
  ask,
  type Bucket,
  type Bus,
  type Handlers,
  type Mirror,
  Refusal,
  requireAllowed,
  type Stored,
} from "@causeway/bus";
import {
  BUCKETS,
  type ConfigEntry,
  type ConfigEntryKind,
  type Reply,
  type Request,
  withIndexes,
} from "@causeway/model";
import type { Logger } from "@causeway/runtime";
import { kindOf, legalEntry, SERVICE_INTENTIONS } from "./decode.ts";
import type { Entries } from "./graph/entries.ts";
import { graphProblem } from "./graph/graph.ts";
import { KINDS } from "./kinds/index.ts";
import type { Draft, KindRules } from "./kinds/kind.ts";
import { mayDelete, mayWrite } from "./permission.ts";

/** What the verbs work on. */
export type Store = {
  readonly bus: Bus;
  readonly bucket: Bucket<typeof BUCKETS.configEntries>;
  readonly mirror: Mirror<typeof BUCKETS.configEntries>;
  /** Entries refer to each other, so one is written at a time. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Who may write what. */
  readonly check: AclCheck;
  readonly log: Pick<Logger, "warn">;
};

type Applied = Reply<"config-entries.apply">;
type Deleted = Reply<"config-entries.delete">;

/** A gateway's links are derived by the catalog; a writer waits this long to see them, and no longer. */
const REFLECT_TIMEOUT_MS = 2_000;

/** The verbs that write config entries. Those of the kind `service-intentions` are handed on to the intentions service. */
export function configEntryVerbs(store: Store): Handlers<"config-entries.apply" | "config-entries.delete"> {
  return {
    "config-entries.apply": (request) => apply(store, request),
    "config-entries.delete": (request) => remove(store, request),
  };
}

async function apply(store: Store, request: Request<"config-entries.apply">): Promise<Applied> {
  const { Entry: raw, CAS: cas, Token } = request;
  const kind = kindOf(raw);
  const rules = KINDS.get(kind);
  if (rules === undefined) {
    // Their owner decides who may write them.
    const written = await ask(store.bus, "intentions.apply-entry", request);
    return { ...written, Bucket: BUCKETS.intentions.name };
  }
  const entry = legalEntry(raw, rules);
  await requireAllowed(store.check, Token, (authorizer) => mayWrite(authorizer, entry));
  for (const warning of rules.warnings?.(entry) ?? [])
    store.log.warn({ kind, name: entry.Name, warning }, "config entry is legal but");
  return write(store, rules, entry, cas);
}

async function write(store: Store, rules: KindRules, entry: Draft, cas: number | undefined): Promise<Applied> {
  let Applied = false;
  const Index = await store.inTurn(async () => {
    await store.mirror.catchUp();
    refuseBreaking(store, rules.kind, entry.Name, entry, cas);
    return await store.bucket.change(rules.kind, [entry.Name], (stored) => {
      Applied = isAt(stored, cas);
      return Applied ? next(entry, stored) : stored?.value;
    });
  });
  return { Applied, Bucket: BUCKETS.configEntries.name, Index, ...(await reflected(store, rules.kind, Index)) };
}

/** Throws the refusal of a write that would change something and break what refers to it. */
function refuseBreaking(
  { mirror, bus }: Store,
  kind: ConfigEntryKind,
  name: string,
  entry: Draft | undefined,
  cas: number | undefined,
): void {
  const stored = mirror.get(kind, name);
  const changes = entry === undefined ? stored !== undefined : next(entry, stored) !== stored?.value;
  if (!changes || !isAt(stored, cas)) return;
  const problem = graphProblem({ kind, name, entry }, entriesOf(mirror), bus.datacenter);
  if (problem !== undefined) throw new Refusal(500, problem);
}

function entriesOf(mirror: Store["mirror"]): Entries {
  return {
    get: <K extends ConfigEntryKind>(kind: K, name: string) => mirror.get(kind, name)?.value as Draft<K> | undefined,
    list: <K extends ConfigEntryKind>(kind: K) =>
      [...mirror.entries()].map(([, { value }]) => value).filter(({ Kind }) => Kind === kind) as unknown as Draft<K>[],
  };
}

/** The record to store: what is stored already when nothing differs, so that an identical write is none. */
function next(entry: Draft, stored: Stored<ConfigEntry> | undefined): ConfigEntry {
  if (stored === undefined) return { ...entry, CreateIndex: 0, ModifyIndex: 0 } as ConfigEntry;
  const { CreateIndex, ModifyIndex: _, ...known } = withIndexes(stored.value, stored.revision);
  if (isDeepStrictEqual(known, entry)) return stored.value;
  return { ...entry, CreateIndex, ModifyIndex: 0 } as ConfigEntry;
}

async function remove(store: Store, request: Request<"config-entries.delete">): Promise<Deleted> {
  const { Kind: kind, Name: name, CAS: cas, Token } = request;
  if (kind === SERVICE_INTENTIONS) {
    const { Kind: _, ...asked } = request;
    const deleted = await ask(store.bus, "intentions.delete-entry", asked);
    return { ...deleted, Bucket: BUCKETS.intentions.name };
  }
  const rules = KINDS.get(kind);
  const written = { Bucket: BUCKETS.configEntries.name, Index: 0 };
  if (rules === undefined) throw new Refusal(400, `invalid config entry kind: ${kind}`);
  await requireAllowed(store.check, Token, (authorizer) => mayDelete(authorizer, rules.kind, name));
  let Deleted = false;
  const Index = await store.inTurn(async () => {
    await store.mirror.catchUp();
    refuseBreaking(store, rules.kind, name, undefined, cas);
    return await store.bucket.change(rules.kind, [name], (stored) => {
      Deleted = stored !== undefined && isAt(stored, cas);
      return Deleted ? undefined : stored?.value;
    });
  });
  return { ...written, Deleted, Index, ...(await reflected(store, rules.kind, Index)) };
}

/** Whether the record is at the index that its writer has seen; 0 is that of a record that must not exist. */
function isAt(stored: Stored<ConfigEntry> | undefined, cas: number | undefined): boolean {
  // Every write of a record changes it, and so its revision is its ModifyIndex.
  return cas === undefined || cas === (stored?.revision ?? 0);
}

/** Waits until the catalog has derived what follows from the write. A catalog that is away does so when it is back. */
async function reflected(
  { bus, log }: Store,
  kind: ConfigEntryKind,
  revision: number,
): Promise<{ CatalogIndex?: number }> {
  if (kind !== "terminating-gateway" && kind !== "ingress-gateway") return {};
  try {
    const { Index } = await ask(bus, "catalog.reflect", { Revision: revision }, { timeoutMs: REFLECT_TIMEOUT_MS });
    return { CatalogIndex: Index };
  } catch (error) {
    log.warn({ kind, reason: (error as Error).message }, "the catalog has not taken up the write yet");
    return {};
  }
}
