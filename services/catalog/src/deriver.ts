import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { recordKey, recordNames } from "@causeway/bus";
import { type ConnectRecord, type GatewayServiceRecord, type MeshGatewayRecord, withIndexes } from "@causeway/model";
import { backoff, type Logger } from "@causeway/runtime";
import { inParallel } from "./in-parallel.ts";
import type { GatewayLink } from "./link-rules.ts";
import { type Links, type Row, rowOf } from "./links.ts";
import type { CatalogBucket, CatalogMirror } from "./plan-writer.ts";
import { sameContent } from "./same.ts";
import type { Slots } from "./slots.ts";

const WRITES_AT_ONCE = 32;

/** What a deriver works with. */
export type DeriverOptions = {
  readonly bucket: CatalogBucket;
  readonly mirror: CatalogMirror;
  readonly links: Links;
  readonly slots: Slots;
  readonly log: Pick<Logger, "warn">;
  readonly signal: AbortSignal;
};

/**
 * Keeps the derived rows in the bucket as `links` wants them: looks at the rows that a change concerns, writes those that differ, and
 * tries again what could not be written.
 */
export class Deriver {
  readonly #options: DeriverOptions;
  #dirty = new Map<string, Row>();
  #batch: Promise<void> = Promise.resolve();
  #pending: Promise<void> | undefined;
  #started = false;

  constructor(options: DeriverOptions) {
    this.#options = options;
  }

  /** How many rows are to be looked at. */
  get waiting(): number {
    return this.#dirty.size;
  }

  /**
   * Begins, with every row that is there or should be. To be called once all inputs have been read: before that a row might seem
   * unwanted only because its reason is not known yet.
   */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const present = [...this.#options.mirror.entries()].flatMap(([key]) => {
      const { kind, names } = recordNames(key);
      return rowOf(kind, names) ?? [];
    });
    this.mark([...present, ...this.#options.links.rows()]);
  }

  /** Has rows looked at, soon. */
  mark(rows: readonly Row[]): void {
    if (!this.#started) return;
    for (const row of rows) this.#dirty.set(recordKey(row.kind, row.names), row);
    if (this.#dirty.size === 0 || this.#pending !== undefined) return;
    // Rows marked until the batch before is done are one batch.
    this.#pending = this.#batch.then(() => {
      this.#pending = undefined;
      this.#batch = this.#writeAll();
      return this.#batch;
    });
  }

  /** Resolves once all rows marked so far are in the bucket as they should be. */
  settle(): Promise<void> {
    return this.#pending ?? this.#batch;
  }

  async #writeAll(): Promise<void> {
    const { log, signal } = this.#options;
    const rows = this.#dirty;
    this.#dirty = new Map();
    for (let attempt = 1; rows.size > 0 && !signal.aborted; attempt++) {
      try {
        await inParallel([...rows], WRITES_AT_ONCE, async ([key, row]) => {
          await this.#write(row);
          rows.delete(key);
        });
      } catch (error) {
        log.warn({ error, rows: rows.size }, "derived rows not written, tried again");
        await sleep(backoff(attempt), undefined, { signal }).catch(() => {});
      }
    }
  }

  async #write(row: Row): Promise<void> {
    const { bucket, mirror, links } = this.#options;
    const { kind, names } = row;
    if (kind !== "gateway-service") {
      const wanted = () => links.wanted(row) as ConnectRecord | MeshGatewayRecord | undefined;
      if (isDeepStrictEqual(mirror.get(kind, ...names)?.value, wanted())) return;
      const revision = await bucket.change(kind, names, (current) => {
        const next = wanted();
        return isDeepStrictEqual(current?.value, next) ? current?.value : next;
      });
      return await mirror.reach(revision);
    }
    const stored = mirror.get(kind, ...names);
    if (this.#nextLink(row, stored) === stored?.value) return;
    await mirror.reach(await bucket.change(kind, names, (current) => this.#nextLink(row, current)));
  }

  /** What the row of a link is to be, given what it is: a terminating gateway's has a slot besides. */
  #nextLink(row: Row, current: StoredLink | undefined): GatewayServiceRecord | undefined {
    const { links, slots } = this.#options;
    const [gateway = "", service = ""] = row.names;
    const wanted = links.wanted(row) as GatewayLink | undefined;
    if (wanted === undefined) {
      slots.release(gateway, service);
      return undefined;
    }
    if (wanted.GatewayKind !== "terminating-gateway") return next(current, wanted);
    return next(current, { ...wanted, Slot: slots.choose(gateway, service, current?.value.Slot) });
  }
}

type StoredLink = { readonly value: GatewayServiceRecord; readonly revision: number };

function next(
  current: StoredLink | undefined,
  wanted: Omit<GatewayServiceRecord, "CreateIndex" | "ModifyIndex">,
): GatewayServiceRecord {
  const fresh = { ...wanted, CreateIndex: 0, ModifyIndex: 0 };
  if (current === undefined) return fresh;
  if (sameContent(current.value, fresh)) return current.value;
  return { ...fresh, CreateIndex: withIndexes(current.value, current.revision).CreateIndex };
}
