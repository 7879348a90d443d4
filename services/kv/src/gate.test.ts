import fc from "fast-check";
import { expect, test } from "vitest";
import { Gate } from "./gate.ts";

test("nothing goes on while work is done alone, and everything is done, in whatever order it comes", async () => {
  const works = fc.array(
    fc.record({ alone: fc.boolean(), steps: fc.integer({ min: 0, max: 5 }), fails: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(works, async (given) => {
      const gate = new Gate();
      const going = { alone: 0, beside: 0 };
      let done = 0;
      const outcomes = given.map(({ alone, steps, fails }) => {
        const kind = alone ? "alone" : "beside";
        return gate[kind](async () => {
          going[kind]++;
          for (let step = 0; step <= steps; step++) {
            expect(going.alone === 0 || (going.alone === 1 && going.beside === 0)).toBe(true);
            await Promise.resolve();
          }
          going[kind]--;
          done++;
          if (fails) throw new Error("on purpose");
        });
      });
      const settled = await Promise.allSettled(outcomes);
      expect(done).toBe(given.length);
      expect(settled.map(({ status }) => status === "rejected")).toEqual(given.map(({ fails }) => fails));
    }),
  );
});
