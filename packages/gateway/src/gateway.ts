import type { FailedListener, SwapResult } from "@causeway/proxy";
import type { RouteTable, Unavailable } from "@causeway/routes";
import { backoff, type Clock, type ReadinessTask, type Timer } from "@causeway/runtime";
import { type Compiled, Compiler } from "./compiler.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { type HeardWrite, HeardWrites, traceSwap } from "./heard-writes.ts";
import type { Plan } from "./plan.ts";
import type { Need, Readable } from "./read.ts";
import type { TableApplied } from "./table-metrics.ts";

/** The part of a proxy that a gateway moves. */
export type Serving = {
  swap(table: RouteTable): Promise<SwapResult>;
  recheck(): void;
};

/** What a gateway reads, and tells what it needs. */
export type Knowing = Readable & {
  needed(need: Need): void;
  unneeded(need: Need): void;
};

export type GatewayOptions<I, P> = {
  readonly kind: string;
  readonly plan: Plan<I, P>;
  readonly knowledge: Knowing;
  readonly proxy: Serving;
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly readiness: {
    /** Done with the first whole table, be it empty. */
    readonly table: ReadinessTask;
    /** Done while every listener of the table is bound. */
    readonly listeners: ReadinessTask;
  };
  /** Told once, after the first table has been swapped in. */
  readonly started?: () => void;
  readonly applied?: TableApplied;
};

/**
 * Between two tables at least: changes that come meanwhile lead to one. The first change after a pause waits for nobody, since it may take
 * an intention away; what else the same write has changed comes with the next table.
 */
const COALESCE_MS = 5;

/** An address that could not be bound is tried again: whoever has it may be a former self on its way out. */
const REBIND = { baseMs: 250, maxMs: 5_000 };

/** Keeps a proxy's table up to date: changes make parts dirty, dirty parts are compiled, and a table that came out new is swapped in. */
export class Gateway<I, P> {
  readonly #options: GatewayOptions<I, P>;
  readonly #compiler: Compiler<I, P>;
  readonly #writes = new HeardWrites();
  #table: RouteTable | undefined;
  #waitingFor = "";
  #failedBinds = 0;
  #timer: Timer | undefined;
  #compiledAtMs = 0;
  /** When the first change was heard of that has not been compiled. */
  #heardMs: number | undefined;
  #rebind: Timer | undefined;
  #swapping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: GatewayOptions<I, P>) {
    this.#options = options;
    const { plan, knowledge, log } = options;
    this.#compiler = new Compiler(plan, knowledge, {
      needed: (need) => knowledge.needed(need),
      unneeded: (need) => knowledge.unneeded(need),
      failed: (part, error) => log.error({ part, error }, "part not compiled"),
    });
  }

  /** The table that is served; undefined before the first. */
  get table(): RouteTable | undefined {
    return this.#table;
  }

  /** Compiles soon: at first without anything having changed, so that what is needed becomes known. */
  schedule(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    const { clock } = this.#options;
    // Before there is a table, what is read comes in hundreds of pieces, and nobody waits for less than the whole.
    const pausedMs = this.#table === undefined ? 0 : Math.max(0, clock.now() - this.#compiledAtMs);
    this.#timer = clock.setTimer(Math.max(0, COALESCE_MS - pausedMs), () => {
      this.#timer = undefined;
      this.#compiledAtMs = clock.now();
      this.#update();
    });
  }

  /** Makes the first table of what is there, if there is none yet: nobody can be asked for the rest. */
  startWithoutTheRest(): void {
    if (this.#table !== undefined) return;
    this.#compiler.acceptMissingParts();
    this.schedule();
  }

  /** Notes that what is known under `key` has changed, by the write that `traceparent` names. */
  changed(key: string, traceparent?: string): void {
    this.#compiler.changed(key);
    this.#heardMs ??= this.#options.clock.now();
    if (traceparent !== undefined) this.#writes.heard(traceparent, this.#options.clock.now());
    this.schedule();
  }

  /** Leaves the table as it is from now on. Resolves when no swap is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#rebind?.cancel();
    await this.#swapping;
  }

  #update(): void {
    const compiled = this.#compiler.compile();
    const writes = this.#writes.take();
    const heardMs = this.#heardMs;
    this.#heardMs = undefined;
    if (compiled.kind === "unchanged") return;
    if (compiled.kind !== "table") {
      this.#wait(compiled);
      return;
    }
    this.#tellUnavailable(compiled.table.unavailable);
    this.#swap(() => compiled.table, writes, heardMs);
  }

  #wait({ kind, waitingFor }: Extract<Compiled, { kind: "waiting" | "reading" }>): void {
    const { readiness, log } = this.#options;
    readiness.table.failed(waitingFor);
    if (waitingFor === this.#waitingFor) return;
    this.#waitingFor = waitingFor;
    // What is being read changes many times within the first second.
    log[kind === "reading" ? "debug" : "info"]({ waitingFor }, "waiting");
  }

  /** Swaps one after the other; which table it is, is asked when it is its turn. */
  #swap(table: () => RouteTable | undefined, writes: readonly HeardWrite[], heardMs?: number): void {
    const swapNow = async () => {
      const next = table();
      if (next !== undefined && !this.#stopped) await this.#swapNow(next, writes, heardMs);
    };
    this.#swapping = this.#swapping.then(swapNow).catch((error: unknown) => {
      this.#options.log.error({ error }, "table not swapped");
    });
  }

  async #swapNow(table: RouteTable, writes: readonly HeardWrite[], heardMs: number | undefined): Promise<void> {
    const { kind, proxy, readiness, log, clock, started, applied } = this.#options;
    const result = await proxy.swap(table);
    traceSwap(writes, { "causeway.kind": kind, "causeway.listeners": table.listeners.length }, clock.now());
    applied?.(table, heardMs);
    const first = this.#table === undefined;
    this.#table = table;
    this.#waitingFor = "";
    readiness.table.done();
    log.debug({ ...result, unavailable: table.unavailable.length }, "table swapped");
    this.#judgeListeners(table, result.failed);
    if (first) started?.();
  }

  #judgeListeners(table: RouteTable, failed: readonly FailedListener[]): void {
    const { readiness, log, clock } = this.#options;
    this.#rebind?.cancel();
    if (failed.length === 0) {
      this.#failedBinds = 0;
      if (table.listeners.length > 0) readiness.listeners.done();
      else readiness.listeners.failed("the table has no listener; see /debug/routes for the reason");
      return;
    }
    const reason = failed.map(({ listener, address, reason }) => `${listener} on ${address}: ${reason}`).join("; ");
    readiness.listeners.failed(reason);
    if (this.#failedBinds === 0) log.warn({ failed }, "listeners not bound");
    this.#failedBinds += 1;
    this.#rebind = clock.setTimer(backoff(this.#failedBinds, REBIND), () => this.#swap(() => this.#table, []));
  }

  /** Each reason is told once, when it first holds. */
  #tellUnavailable(unavailable: readonly Unavailable[]): void {
    const known = new Set((this.#table?.unavailable ?? []).map(textOf));
    for (const each of unavailable) if (!known.has(textOf(each))) this.#options.log.warn(each, "unavailable");
  }
}

function textOf({ name, reason }: Unavailable): string {
  return `${name}: ${reason}`;
}
