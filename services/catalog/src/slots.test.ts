import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Slots } from "./slots.ts";

const NAMES = ["api", "billing", "db", "mail", "search"] as const;
const service = fc.constantFrom(...NAMES);
const link = fc.record({ service, linked: fc.boolean() });

/** Rows as one catalog keeps them. */
class Linked {
  readonly slots = new Slots();
  readonly rows = new Map<string, number>();

  change(name: string, linked: boolean): void {
    if (!linked) {
      if (this.rows.delete(name)) this.slots.apply("tgw", name, undefined);
      return;
    }
    const slot = this.slots.choose("tgw", name, this.rows.get(name));
    if (slot === this.rows.get(name)) return;
    this.rows.set(name, slot);
    expect(this.slots.apply("tgw", name, slot)).toBe(false);
  }
}

/** A catalog beside others: what it has heard of the rows, and the rows that it has yet to look at. */
type Replica = { readonly slots: Slots; readonly dirty: Set<string>; heard: number };

/** A bucket that several catalogs write to, each by compare-and-set, and hear of with delay. */
class Shared {
  readonly log: { readonly name: string; readonly slot: number }[] = [];
  readonly replicas: readonly Replica[];

  /** @param orders in which each of the catalogs comes to the services. */
  constructor(orders: readonly (readonly string[])[]) {
    this.replicas = orders.map((order) => ({ slots: new Slots(), dirty: new Set(order), heard: 0 }));
  }

  row(name: string): number | undefined {
    return this.log.findLast((entry) => entry.name === name)?.slot;
  }

  hear(replica: Replica): boolean {
    const entry = this.log[replica.heard];
    if (entry === undefined) return false;
    replica.heard += 1;
    if (replica.slots.apply("tgw", entry.name, entry.slot)) replica.dirty.add(entry.name);
    return true;
  }

  write(replica: Replica): boolean {
    const [name] = replica.dirty;
    if (name === undefined) return false;
    replica.dirty.delete(name);
    const present = this.row(name);
    const slot = replica.slots.choose("tgw", name, present);
    if (slot !== present) this.log.push({ name, slot });
    return true;
  }

  settle(): void {
    for (let busy = true; busy; ) busy = this.replicas.map((one) => this.hear(one) || this.write(one)).includes(true);
  }
}

describe("slots", () => {
  test("are unique, and stay whatever is linked or unlinked beside them", () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 40 }), (changes) => {
        const linked = new Linked();
        for (const change of changes) {
          const before = new Map(linked.rows);
          linked.change(change.service, change.linked);
          for (const [name, slot] of before) if (name !== change.service) expect(linked.rows.get(name)).toBe(slot);
          expect(new Set(linked.rows.values()).size).toBe(linked.rows.size);
        }
      }),
    );
  });

  test("are no higher than there have been services at a time", () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 40 }), (changes) => {
        const linked = new Linked();
        let most = 0;
        for (const change of changes) {
          linked.change(change.service, change.linked);
          most = Math.max(most, linked.rows.size);
          for (const slot of linked.rows.values()) expect(slot).toBeLessThan(most);
        }
      }),
    );
  });

  test("are those of the rows after a restart, in whatever order they are read", () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 40 }), fc.shuffledSubarray([...NAMES]), (changes, order) => {
        const linked = new Linked();
        for (const change of changes) linked.change(change.service, change.linked);
        const again = new Slots();
        const names = [...new Set([...order, ...NAMES])].filter((name) => linked.rows.has(name));
        for (const name of names) expect(again.apply("tgw", name, linked.rows.get(name))).toBe(false);
        for (const name of names) expect(again.choose("tgw", name, linked.rows.get(name))).toBe(linked.rows.get(name));
      }),
    );
  });

  test("are agreed on by replicas that link the same services at the same time", () => {
    const step = fc.record({ replica: fc.nat({ max: 1 }), hears: fc.nat({ max: 4 }).map((n) => n === 0) });
    const order = fc.shuffledSubarray([...NAMES], { minLength: NAMES.length });
    fc.assert(
      fc.property(fc.tuple(order, order), fc.array(step, { maxLength: 60 }), (orders, steps) => {
        const bucket = new Shared(orders);
        for (const { replica, hears } of steps) {
          const one = bucket.replicas[replica] as Replica;
          if (hears) bucket.hear(one);
          else bucket.write(one);
        }
        bucket.settle();
        const rows = NAMES.map((name) => bucket.row(name));
        expect(new Set(rows).size).toBe(NAMES.length);
        for (const { slots } of bucket.replicas) {
          expect(NAMES.map((name) => slots.choose("tgw", name, bucket.row(name)))).toEqual(rows);
        }
      }),
    );
  });

  test("of one gateway are no matter of another's", () => {
    const slots = new Slots();
    expect(slots.choose("east", "api", undefined)).toBe(0);
    expect(slots.choose("west", "db", undefined)).toBe(0);
  });

  test("that were given for nothing are given again", () => {
    const slots = new Slots();
    expect(slots.choose("tgw", "api", undefined)).toBe(0);
    slots.release("tgw", "api");
    expect(slots.choose("tgw", "db", undefined)).toBe(0);
  });

  test("cost the same to give, however many there are", () => {
    const slots = new Slots();
    const count = 100_000;
    for (let n = 0; n < count; n++) {
      const slot = slots.choose("tgw", `s${n}`, undefined);
      slots.apply("tgw", `s${n}`, slot);
    }
    slots.apply("tgw", "s7", undefined);
    expect(slots.choose("tgw", "new", undefined)).toBe(7);
    expect(slots.choose("tgw", "newer", undefined)).toBe(count);
  });
});
