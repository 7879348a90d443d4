import { isDeepStrictEqual } from "node:util";
import type { RouteTable } from "@causeway/routes";
import type { Plan, Waiting } from "./plan.ts";
import { type Read, type Readable, track } from "./read.ts";
import { type NeedEvents, Readers } from "./readers.ts";

/** What compiling has led to. */
export type Compiled =
  | { readonly kind: "table"; readonly table: RouteTable }
  | { readonly kind: "unchanged" }
  /** The plan waits for something that is not there. */
  | { readonly kind: "waiting"; readonly waitingFor: string }
  /** The first table waits for state that is still being read. */
  | { readonly kind: "reading"; readonly waitingFor: string };

/** Told of what compiling needs, and of a part that cannot be compiled at all. */
export type CompilerEvents = NeedEvents & { readonly failed: (part: string, error: unknown) => void };

/** A function of the plan, what it last gave, and whether that may have changed. */
type Cell<T> = {
  readonly name: string;
  readonly compile: (read: Read) => T;
  dirty: boolean;
  /** The last value that was made of whole knowledge; an attempt that lacks something leaves it in place. */
  value: T | undefined;
  unread: readonly string[];
  /** Why the last attempt came to nothing, if that was a fault of ours. */
  fault: string | undefined;
};

/** A part's cell, with what the list of parts says of it. */
type Part<I, P> = Cell<P> & { input: I };

/**
 * Keeps a route table up to date with what is known: only the parts that have read something that changed are compiled again, a part
 * that comes out the same counts as unchanged, and a table with the same content is not given again. The first table is whole.
 */
export class Compiler<I, P> {
  readonly #readable: Readable;
  readonly #events: CompilerEvents;
  readonly #readers: Readers<Cell<unknown>>;
  readonly #list: Cell<ReadonlyMap<string, I>>;
  readonly #table: Cell<RouteTable | Waiting>;
  readonly #parts = new Map<string, Part<I, P>>();
  readonly #dirtyParts = new Set<Part<I, P>>();
  readonly #compilePart: Plan<I, P>["compile"];
  #partsMayLack = false;
  #given = false;

  constructor(plan: Plan<I, P>, readable: Readable, events: CompilerEvents) {
    this.#readable = readable;
    this.#events = events;
    this.#readers = new Readers(events);
    this.#list = newCell("parts", plan.parts);
    this.#table = newCell("table", (read) => this.#withUnread(plan.assemble(read, this.#values())));
    this.#compilePart = plan.compile;
  }

  /** Notes that what is known under `key` has changed; `compile` then looks at whoever has read it. */
  changed(key: string): void {
    for (const cell of this.#readers.of(key)) {
      cell.dirty = true;
      const part = this.#parts.get(cell.name);
      if (part === cell) this.#touch(part);
    }
  }

  /** Lets the first table be made without the parts that are not whole: for a start with nobody to ask for what is missing. */
  acceptMissingParts(): void {
    this.#partsMayLack = true;
  }

  /** Compiles what has changed. */
  compile(): Compiled {
    if (this.#refresh(this.#list)) this.#reconcile(this.#list.value ?? new Map());
    // What a part is found to need may at once make it dirty again, for the next time.
    const dirty = [...this.#dirtyParts];
    this.#dirtyParts.clear();
    for (const part of dirty) if (this.#refresh(part)) this.#table.dirty = true;
    const fresh = this.#refresh(this.#table);
    const table = this.#table.value;
    if (table !== undefined && "waitingFor" in table) return { kind: "waiting", ...table };
    if (this.#given) return fresh && table !== undefined ? { kind: "table", table } : { kind: "unchanged" };
    const unread = this.#unread();
    if (table === undefined || unread.length > 0) return { kind: "reading", waitingFor: describeUnread(unread) };
    this.#given = true;
    return { kind: "table", table };
  }

  #reconcile(inputs: ReadonlyMap<string, I>): void {
    this.#table.dirty = true;
    for (const [name, part] of this.#parts) {
      if (inputs.has(name)) continue;
      this.#parts.delete(name);
      this.#dirtyParts.delete(part);
      this.#readers.set(part, new Map());
    }
    for (const [name, input] of inputs) {
      const part = this.#parts.get(name);
      if (part === undefined) this.#add(name, input);
      else if (!isDeepStrictEqual(part.input, input)) {
        part.input = input;
        this.#touch(part);
      }
    }
  }

  #add(name: string, input: I): void {
    const part: Part<I, P> = { ...newCell(name, (read) => this.#compilePart(read, part.input)), input };
    this.#parts.set(name, part);
    this.#touch(part);
  }

  #touch(part: Part<I, P>): void {
    part.dirty = true;
    this.#dirtyParts.add(part);
  }

  /** Runs a cell if it may have changed; true when it has a new value or fault. */
  #refresh<T>(cell: Cell<T>): boolean {
    if (!cell.dirty) return false;
    cell.dirty = false;
    const { outcome, needs, unread } = track(this.#readable, cell.compile);
    this.#readers.set(cell, needs);
    cell.unread = unread;
    if (unread.length > 0) return false;
    const faultBefore = cell.fault;
    cell.fault = outcome.kind === "failed" ? describeFault(outcome.error) : undefined;
    if (outcome.kind === "failed") {
      // A fault of ours in one part must not cost the others; the part keeps its last value.
      this.#events.failed(cell.name, outcome.error);
      return cell.fault !== faultBefore;
    }
    if (isDeepStrictEqual(outcome.value, cell.value)) return cell.fault !== faultBefore;
    cell.value = outcome.value;
    return true;
  }

  /** In the order of the list, so that what depends on it is the same each time. */
  #values(): readonly P[] {
    const names = [...(this.#list.value ?? new Map<string, I>()).keys()];
    return names.map((name) => this.#parts.get(name)?.value).filter((value) => value !== undefined);
  }

  /** Parts that have never been whole, and those that are not what they should be, are told. */
  #withUnread(table: RouteTable | Waiting): RouteTable | Waiting {
    if ("waitingFor" in table) return table;
    const reasons = [...this.#parts.values()].flatMap(({ name, value, unread, fault }) => {
      if (fault !== undefined) return [{ name, reason: fault }];
      return value === undefined ? [{ name, reason: describeUnread(unread) }] : [];
    });
    return reasons.length === 0 ? table : { ...table, unavailable: [...table.unavailable, ...reasons] };
  }

  /** What the first table still waits for. */
  #unread(): readonly string[] {
    const parts = this.#partsMayLack ? [] : [...this.#parts.values()];
    return [this.#list, this.#table, ...parts].flatMap(({ unread }) => unread);
  }
}

function newCell<T>(name: string, compile: (read: Read) => T): Cell<T> {
  return { name, compile, dirty: true, value: undefined, unread: [], fault: undefined };
}

function describeFault(error: unknown): string {
  return `could not be compiled: ${error instanceof Error ? error.message : String(error)}`;
}

/** As many as an operator wants to read. */
const UNREAD_SHOWN = 3;

function describeUnread(keys: readonly string[]): string {
  const distinct = [...new Set(keys)];
  const shown = distinct.slice(0, UNREAD_SHOWN).join(", ");
  return distinct.length > UNREAD_SHOWN
    ? `not read yet: ${shown} and ${distinct.length - UNREAD_SHOWN} more`
    : `not read yet: ${shown}`;
}
