import { describe, expect, test } from "vitest";
import { CatchUp } from "./catch-up.ts";

/** A server that answers when told, and a mirror that is always new enough. */
function parts() {
  const asked: PromiseWithResolvers<number>[] = [];
  const reached: number[] = [];
  const catchUp = new CatchUp({
    lastRevision: () => {
      const question = Promise.withResolvers<number>();
      asked.push(question);
      return question.promise;
    },
    mirror: { reach: async (revision) => void reached.push(revision) },
  });
  return { asked, reached, catchUp };
}

describe("CatchUp", () => {
  test("waits for the mirror to reach what the server has", async () => {
    const { asked, reached, catchUp } = parts();
    const waiting = catchUp.toNow();
    asked[0]?.resolve(7);
    await waiting;
    expect(reached).toEqual([7]);
  });

  test("who asks while the server is being asked is not content with that answer, but shares the next", async () => {
    const { asked, reached, catchUp } = parts();
    const first = catchUp.toNow();
    const others = [catchUp.toNow(), catchUp.toNow(), catchUp.toNow()];
    asked[0]?.resolve(7);
    await first;
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.resolve(9);
    await Promise.all(others);
    expect(reached).toEqual([7, 9]);
    expect(asked).toHaveLength(2);
  });

  test("a question that failed fails only those who waited for it", async () => {
    const { asked, reached, catchUp } = parts();
    const first = catchUp.toNow();
    const second = catchUp.toNow();
    asked[0]?.reject(new Error("no server"));
    await expect(first).rejects.toThrow("no server");
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.resolve(3);
    await second;
    expect(reached).toEqual([3]);
  });
});
