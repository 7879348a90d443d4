import { setTimeout as sleep } from "node:timers/promises";
import { BusError, Refusal } from "@causeway/bus";
import type { CatalogOperation, CatalogTransacted, DeregisterRequest, RegisterRequest, Written } from "@causeway/model";
import { backoff } from "@causeway/runtime";
import type { CatalogIndex } from "./catalog-index.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Deriver } from "./deriver.ts";
import { type Plan, planSize } from "./plan.ts";
import { planDeregistration } from "./plan-deregistration.ts";
import { planRegistration } from "./plan-registration.ts";
import { type CatalogBucket, type CatalogMirror, writePlan } from "./plan-writer.ts";
import { readRegistration } from "./registration.ts";
import { duplicateNodes, repairsOf } from "./repairs.ts";
import { Touched } from "./touched.ts";
import { type Rehearsed, rehearse, type Step, settled } from "./transaction.ts";

/** What a catalog works with. */
export type CatalogParts = {
  readonly bucket: CatalogBucket;
  readonly mirror: CatalogMirror;
  readonly catchUp: CatchUp;
  readonly catalog: CatalogIndex;
  readonly deriver: Deriver;
  readonly datacenter: string;
};

/** A writer that has lost the race so often in a row is not racing but broken. */
const MAX_ATTEMPTS = 50;
/** Pauses after a lost race: a write takes about a millisecond. */
const RACE_PAUSE = { baseMs: 2, maxMs: 100 };

/**
 * Takes in registrations and deregistrations. Any number of replicas may do so at once: each decides on all that was acknowledged before
 * (it has read that, or NATS refuses what it writes), writes by compare-and-set, and afterwards looks once more at what it touched.
 */
export class Catalog {
  readonly #parts: CatalogParts;
  /** Settles when no transaction is under way. */
  #transactions: Promise<unknown> = Promise.resolve();
  /** How many requests are being decided and written. */
  #underWay = 0;

  constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  /** Takes in a registration, or throws a Refusal. What it holds already is not written again. */
  async register(request: RegisterRequest): Promise<Written> {
    const registration = readRegistration(request, this.#parts.datacenter);
    await this.#carryOut(
      () => planRegistration(this.#parts.catalog, registration),
      (plan, touched) => this.#repair(plan.node, touched),
    );
    return await this.#written();
  }

  /** Takes a service, a check or a node away, or throws a Refusal. What is not there is no error. */
  async deregister(request: DeregisterRequest): Promise<Written> {
    await this.#carryOut(
      () => planDeregistration(this.#parts.catalog, request),
      (plan, touched) => this.#repairOrGone(plan.node, touched),
    );
    return await this.#written();
  }

  /** Writes what is decided on what is known to be current, again after each lost race: for what nobody has asked for. */
  async write(decide: () => Plan): Promise<void> {
    await this.#carryOut(decide, (plan, touched) => this.#repairOrGone(plan.node, touched));
    await this.#parts.deriver.settle();
  }

  /**
   * Does several operations or, if one of them cannot be done, none; one transaction after the other.
   *
   * They are decided on one state, to which the first write is bound by compare-and-set. The others follow whatever else is registered
   * meanwhile, so that only a crash leaves a part of them undone.
   */
  async transact(operations: readonly CatalogOperation[]): Promise<CatalogTransacted> {
    const turn = this.#transactions.then(() => this.#transact(operations));
    this.#transactions = turn.catch(() => {});
    return await turn;
  }

  /** Says what would be in the way of operations, and does none. */
  async rehearse(operations: readonly CatalogOperation[]): Promise<CatalogTransacted> {
    const { catalog, catchUp, datacenter, mirror } = this.#parts;
    await catchUp.toNow();
    const { errors } = rehearse(catalog, operations, datacenter);
    return { Results: [], Errors: [...errors], Index: mirror.revision };
  }

  async #transact(operations: readonly CatalogOperation[]): Promise<CatalogTransacted> {
    const { catalog, mirror, datacenter } = this.#parts;
    const touched = new Touched();
    let rehearsed: Rehearsed = { errors: [], results: [], steps: [] };
    await this.#untilWon(async () => {
      rehearsed = rehearse(catalog, operations, datacenter);
      const [first] = rehearsed.errors.length > 0 ? [] : rehearsed.steps;
      if (first === undefined) return true;
      const plan = first(catalog);
      touched.add(plan);
      await writePlan(plan, this.#parts);
      return true;
    });
    const { errors, results, steps } = rehearsed;
    if (errors.length > 0) return { Results: [], Errors: [...errors], Index: mirror.revision };
    for (const step of steps) await this.#carryOutStep(step, touched);
    const { Index } = await this.#written();
    return { Results: results.map((result) => settled(catalog, result)), Errors: [], Index };
  }

  /** Writes what is left of a step, and mends what the transaction has touched. */
  async #carryOutStep(step: Step, touched: Touched): Promise<void> {
    try {
      await this.#carryOut(
        () => step(this.#parts.catalog),
        (plan) => this.#repairOrGone(plan.node, touched),
        touched,
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(500, `transaction was overtaken by another writer and is done in part: ${error.message}`);
    }
  }

  /** Mends what a crash between two writes has left behind; writes nothing when all is well. */
  async reconcile(): Promise<number> {
    const { catalog } = this.#parts;
    let mended = 0;
    await this.#untilWon(async () => {
      for (const plan of [...duplicateNodes(catalog)]) {
        await writePlan(plan, this.#parts);
        mended += planSize(plan);
      }
      for (const node of catalog.nodeNames()) {
        for (let plan = repairsOf(catalog, node, "all"); planSize(plan) > 0; plan = repairsOf(catalog, node, "all")) {
          await writePlan(plan, this.#parts);
          mended += planSize(plan);
        }
      }
      return true;
    });
    return mended;
  }

  /** Writes what is decided, and mends what that has touched; again until `mend` gives true. */
  async #carryOut(
    decide: () => Plan,
    mend: (plan: Plan, touched: Touched) => Promise<boolean>,
    touched = new Touched(),
  ): Promise<void> {
    const write = async (plan: Plan, after?: number) => {
      touched.add(plan);
      if (planSize(plan) > 0) await writePlan(plan, this.#parts, after);
      return await mend(plan, touched);
    };
    if (await this.#atOnce(decide, write)) return;
    await this.#untilWon(async () => await write(decide()));
  }

  /**
   * Writes one record on what has been read so far, without asking first whether that is current: NATS takes it only if nothing has been
   * written since. Gives false where that does not hold or was not tried. With others under way here, one of them would be first.
   */
  async #atOnce(decide: () => Plan, write: (plan: Plan, after: number) => Promise<boolean>): Promise<boolean> {
    if (this.#underWay > 0) return false;
    const after = this.#parts.mirror.revision;
    try {
      const plan = decide();
      if (planSize(plan) !== 1) return false;
      return await this.#counted(() => write(plan, after));
    } catch (error) {
      // What refuses it may be gone by now.
      if (error instanceof Refusal || isConflict(error)) return false;
      throw error;
    }
  }

  /** Does `attempt` on what is known to be current until it gives true, again after each lost race. */
  async #untilWon(attempt: () => Promise<boolean>): Promise<void> {
    await this.#counted(async () => {
      for (let attempts = 1; ; attempts++) {
        await this.#parts.catchUp.toNow();
        try {
          if (await attempt()) return;
        } catch (error) {
          if (!isConflict(error) || attempts === MAX_ATTEMPTS) throw error;
        }
        await sleep(backoff(attempts, RACE_PAUSE));
      }
    });
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
    }
  }

  /** Mends what does not agree with what was touched, another replica's writes included; gives false when the node has gone. */
  async #repair(node: string, touched: Touched): Promise<boolean> {
    const { catalog } = this.#parts;
    while (catalog.node(node) !== undefined) {
      const plan = repairsOf(catalog, node, touched.scope);
      if (planSize(plan) === 0) return true;
      touched.add(plan);
      await writePlan(plan, this.#parts);
    }
    return touched.isEmpty;
  }

  /** Mends as `repair` does; a node that has gone may stay so. */
  async #repairOrGone(node: string, touched: Touched): Promise<boolean> {
    const { catalog } = this.#parts;
    if (catalog.node(node) !== undefined) return await this.#repair(node, touched);
    // With the node gone, an instance can only be one that was registered at the same time.
    return catalog.instancesOn(node).length === 0;
  }

  async #written(): Promise<Written> {
    await this.#parts.deriver.settle();
    return { Index: this.#parts.mirror.revision };
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof BusError && error.failure.code === "CONFLICT";
}
