import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Topics } from "./topics.ts";

describe("topics", () => {
  test("an index is never 0, even of what nobody has heard of", () => {
    expect(new Topics().index(["service:web"])).toBe(1);
    expect(new Topics().index([])).toBe(1);
  });

  test("an answer is as new as the newest of its topics", () => {
    const topics = new Topics();
    topics.changed("a", 5);
    topics.changed("b", 9);
    expect(topics.index(["a"])).toBe(5);
    expect(topics.index(["a", "b", "c"])).toBe(9);
  });

  test("what is gone counts as changed when it went, and takes no room", () => {
    const topics = new Topics();
    topics.changed("a", 5);
    topics.gone("a", 7);
    expect(topics.index(["a"])).toBe(7);
    expect(topics.index(["never there"])).toBe(7);
  });

  test("a change wakes who waits for one of its topics, and nobody else", () => {
    const topics = new Topics();
    const woken: string[] = [];
    topics.subscribe(["a", "b"], () => woken.push("a or b"));
    topics.subscribe(["c"], () => woken.push("c"));
    topics.changed("b", 1);
    expect(woken).toEqual(["a or b"]);
    topics.gone("c", 2);
    expect(woken).toEqual(["a or b", "c"]);
  });

  test("who has left is not woken, and is not counted", () => {
    const topics = new Topics();
    const leave = topics.subscribe(["a", "b"], () => expect.unreachable());
    expect(topics.waiting).toBe(1);
    leave();
    topics.changed("a", 1);
    expect(topics.waiting).toBe(0);
  });

  test("who comes back while it is woken is woken once", () => {
    const topics = new Topics();
    let woken = 0;
    const again = () => {
      leave();
      woken++;
      leave = topics.subscribe(["a"], again);
    };
    let leave = topics.subscribe(["a"], again);
    topics.changed("a", 1);
    expect(woken).toBe(1);
  });

  test("closing wakes everyone", () => {
    const topics = new Topics();
    let woken = 0;
    topics.subscribe(["a"], () => woken++);
    topics.close();
    expect(woken).toBe(1);
    expect(topics.closed).toBe(true);
  });

  const step = fc.record({ topic: fc.constantFrom("a", "b", "c"), gone: fc.boolean() });
  test("no index ever goes backwards", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const topics = new Topics();
        const last = new Map<string, number>();
        steps.forEach(({ topic, gone }, at) => {
          if (gone) topics.gone(topic, at + 1);
          else topics.changed(topic, at + 1);
          for (const name of ["a", "b", "c"]) {
            expect(topics.index([name])).toBeGreaterThanOrEqual(last.get(name) ?? 1);
            last.set(name, topics.index([name]));
          }
        });
      }),
    );
  });
});
