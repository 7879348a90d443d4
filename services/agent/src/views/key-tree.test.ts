import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyTree } from "./key-tree.ts";

const key = fc.stringMatching(/^[ab/]{1,5}$/);
const steps = fc.array(fc.record({ key, remove: fc.boolean() }), { maxLength: 40 });

/** Does the steps, each at its own revision, to a tree and to a map. */
function grown(given: readonly { readonly key: string; readonly remove: boolean }[], after: (at: Grown) => void): void {
  const tree = new KeyTree<string>();
  const map = new Map<string, string>();
  const changedAt = new Map<string, number>();
  for (const [at, step] of given.entries()) {
    const revision = at + 1;
    if (step.remove && !map.delete(step.key)) continue;
    if (step.remove) tree.delete(step.key, revision);
    else {
      map.set(step.key, `${step.key}@${revision}`);
      tree.set(step.key, `${step.key}@${revision}`, revision);
    }
    changedAt.set(step.key, revision);
    after({ tree, map, changedAt });
  }
}
type Grown = {
  readonly tree: KeyTree<string>;
  readonly map: ReadonlyMap<string, string>;
  readonly changedAt: ReadonlyMap<string, number>;
};

describe("a tree of keys", () => {
  test("gives what is under a prefix, in order", () => {
    fc.assert(
      fc.property(steps, fc.stringMatching(/^[ab/]{0,5}$/), (given, prefix) => {
        grown(given, ({ tree, map }) => {
          const under = [...map.keys()].filter((name) => name.startsWith(prefix)).sort();
          expect([...tree.under(prefix)]).toEqual(under.map((name) => map.get(name)));
        });
      }),
    );
  });

  test("tells of a prefix with keys exactly when one of them changed, or one that is gone", () => {
    fc.assert(
      fc.property(steps, fc.stringMatching(/^[ab/]{0,5}$/), (given, prefix) => {
        grown(given, ({ tree, map, changedAt }) => {
          const under = [...changedAt].filter(([name]) => name.startsWith(prefix)).map(([, revision]) => revision);
          const exact = Math.max(0, ...under);
          expect(tree.changedAt(prefix)).toBeGreaterThanOrEqual(exact);
          if (under.length > 0 && [...changedAt.keys()].every((name) => map.has(name))) {
            expect(tree.changedAt(prefix)).toBe(exact);
          }
        });
      }),
    );
  });

  test("never tells of an earlier change than before", () => {
    fc.assert(
      fc.property(steps, fc.stringMatching(/^[ab/]{0,5}$/), (given, prefix) => {
        let before = 0;
        grown(given, ({ tree }) => {
          const now = tree.changedAt(prefix);
          expect(now).toBeGreaterThanOrEqual(before);
          before = now;
        });
      }),
    );
  });

  test("holds keys that are nested deeply", () => {
    const tree = new KeyTree<number>();
    for (let length = 1; length <= 4_000; length++) tree.set("k".repeat(length), length, length);
    expect([...tree.under("k".repeat(3_999))]).toEqual([3_999, 4_000]);
    expect(tree.changedAt("k")).toBe(4_000);
  });
});
