import type { Stored } from "@causeway/bus";
import { type KvEntry, type KvOperation, quoted } from "@causeway/model";
import { type KvWrite, written } from "./entry.ts";

/** What a transaction is decided on. */
export type TransactionState = {
  readonly get: (key: string) => Stored<KvEntry> | undefined;
  /** The keys that begin with `prefix`, in order. */
  readonly keysUnder: (prefix: string) => readonly string[];
  /** Whether a session can lock keys. */
  readonly isSession: (id: string) => boolean;
  /** Whether a key cannot be locked yet. */
  readonly isDelayed: (key: string) => boolean;
};

/** What a transaction would do. */
export type Plan = {
  /** Why it cannot take place; empty when it can. */
  readonly errors: readonly { readonly OpIndex: number; readonly What: string }[];
  /** By key, what is stored before and afterwards; only of keys that change. */
  readonly changes: ReadonlyMap<string, Change>;
  /** What it tells, in order; an entry of revision `PENDING` is being written by it. */
  readonly results: readonly PlannedResult[];
};

/** What a key holds before and after a transaction. */
export type Change = { readonly before: Stored<KvEntry> | undefined; readonly after: KvEntry | undefined };

/** One key that a transaction tells of, with its value when it was read. */
export type PlannedResult = Told & { readonly opIndex: number };

type Told = { readonly key: string; readonly entry: Stored<KvEntry>; readonly withValue: boolean };

/** The revision of what the transaction itself writes: no client can know it, so that no comparison with it succeeds. */
export const PENDING = -1;

/** Decides all operations in order, each on what those before it leave; any error makes the whole do nothing. */
export function planned(operations: readonly KvOperation[], state: TransactionState): Plan {
  const draft = new Draft(state);
  const errors: { OpIndex: number; What: string }[] = [];
  const results: PlannedResult[] = [];
  for (const [OpIndex, operation] of operations.entries()) {
    const outcome = operate(draft, operation);
    if (typeof outcome === "string") errors.push({ OpIndex, What: outcome });
    else results.push(...outcome.map((told) => ({ ...told, opIndex: OpIndex })));
  }
  return { errors, changes: draft.changes(), results };
}

/** Does one operation: gives what it tells, or says why it cannot be done. */
function operate(draft: Draft, operation: KvOperation): readonly Told[] | string {
  const { Verb, Key: key, Index = 0, Session = "" } = operation;
  if (key === "" && Verb !== "delete-tree" && Verb !== "get-tree") return "Must provide key";
  const name = quoted(key);
  const stored = draft.get(key);
  switch (Verb) {
    case "get":
      return stored === undefined ? `key ${name} doesn't exist` : [{ key, entry: stored, withValue: true }];
    case "get-tree":
      return draft.keysUnder(key).flatMap((under) => told(draft, under, true));
    case "check-not-exists":
      return stored === undefined ? [] : `key ${name} exists`;
    case "check-index": {
      if (stored === undefined) return `failed to check index, key ${name} doesn't exist`;
      if (stored.revision === Index) return told(draft, key, false);
      return `failed index check for key ${name}, current modify index ${stored.revision} != ${Index}`;
    }
    case "check-session": {
      if (stored === undefined) return `failed to check session, key ${name} doesn't exist`;
      const holder = stored.value.Session ?? "";
      if (holder === Session) return told(draft, key, false);
      return `failed session check for key ${name}, current session ${quoted(holder)} != ${quoted(Session)}`;
    }
    case "delete-tree":
      for (const under of draft.keysUnder(key)) draft.write(under, { kind: "delete" });
      return [];
    default:
      return change(draft, operation);
  }
}

function change(draft: Draft, operation: KvOperation): readonly Told[] | string {
  const { Verb, Key: key, Value: value = "", Flags: flags = "0", Index: index = 0, Session: session = "" } = operation;
  const name = quoted(key);
  const content = { value, flags };
  switch (Verb) {
    case "set":
      return draft.write(key, { kind: "set", ...content }) ? told(draft, key, false) : [];
    case "cas": {
      const done = draft.write(key, { kind: "cas", index, ...content });
      return done ? told(draft, key, false) : `failed to set key ${name}, index is stale`;
    }
    case "lock": {
      const problem = sessionProblem(draft, session);
      if (problem !== undefined) return problem;
      if (draft.state.isDelayed(key)) return `failed to lock key ${name} due to lock delay`;
      const done = draft.write(key, { kind: "lock", session, ...content });
      return done ? told(draft, key, false) : `failed to lock key ${name}, lock is already held`;
    }
    case "unlock": {
      if (session === "") return "missing session";
      const done = draft.write(key, { kind: "unlock", session, ...content });
      return done
        ? told(draft, key, false)
        : `failed to unlock key ${name}, lock isn't held, or is held by another session`;
    }
    case "delete":
      draft.write(key, { kind: "delete" });
      return [];
    case "delete-cas":
      return draft.write(key, { kind: "delete-cas", index }) ? [] : `failed to delete key ${name}, index is stale`;
    default:
      return `unknown KV verb ${quoted(Verb)}`;
  }
}

function sessionProblem({ state }: Draft, session: string): string | undefined {
  if (session === "") return "missing session";
  return state.isSession(session) ? undefined : `invalid session ${quoted(session)}`;
}

function told(draft: Draft, key: string, withValue: boolean): readonly Told[] {
  const entry = draft.get(key);
  return entry === undefined ? [] : [{ key, entry, withValue }];
}

/** The state as the operations so far leave it. */
class Draft {
  readonly state: TransactionState;
  readonly #written = new Map<string, Stored<KvEntry> | undefined>();

  constructor(state: TransactionState) {
    this.state = state;
  }

  get(key: string): Stored<KvEntry> | undefined {
    return this.#written.has(key) ? this.#written.get(key) : this.state.get(key);
  }

  keysUnder(prefix: string): readonly string[] {
    const keys = new Set(this.state.keysUnder(prefix));
    for (const [key, entry] of this.#written) {
      if (!key.startsWith(prefix)) continue;
      if (entry === undefined) keys.delete(key);
      else keys.add(key);
    }
    return [...keys].sort();
  }

  /** Gives whether the write took place. */
  write(key: string, write: KvWrite): boolean {
    const stored = this.get(key);
    const { applied, next } = written(stored, write);
    if (!applied || next === stored?.value) return applied;
    this.#written.set(key, next === undefined ? undefined : { value: next, revision: PENDING });
    return true;
  }

  changes(): ReadonlyMap<string, Change> {
    const changes = new Map<string, Change>();
    for (const [key, entry] of this.#written) {
      const before = this.state.get(key);
      if (before === undefined && entry === undefined) continue;
      changes.set(key, { before, after: entry && settled(entry) });
    }
    return changes;
  }
}

/** What was created by the transaction itself is new, however often it wrote it. */
function settled({ value }: Stored<KvEntry>): KvEntry {
  return { ...value, CreateIndex: Math.max(0, value.CreateIndex), ModifyIndex: 0 };
}
