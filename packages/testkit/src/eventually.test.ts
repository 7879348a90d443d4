import { expect, test } from "vitest";
import { TestkitError } from "./errors.ts";
import { eventually } from "./eventually.ts";

test("what holds at once is asked once", async () => {
  let asked = 0;
  await expect(eventually(() => ++asked)).resolves.toBe(1);
});

test("an attempt is repeated until it does not throw", async () => {
  let asked = 0;
  const answer = await eventually(
    async () => {
      asked += 1;
      if (asked < 3) throw new Error("not yet");
      return "now";
    },
    { intervalMs: 1 },
  );
  expect({ answer, asked }).toEqual({ answer: "now", asked: 3 });
});

test("what never holds fails with the last attempt's error", async () => {
  const never = eventually(
    () => {
      throw new Error("still 2 instances");
    },
    { timeoutMs: 30, intervalMs: 1 },
  );
  const error = await never.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TestkitError);
  expect(error).toMatchObject({
    failure: { code: "NEVER_HELD", waitedMs: 30, reason: "still 2 instances" },
    cause: new Error("still 2 instances"),
  });
});

test("an attempt that hangs does not outlast the limit, and is told to stop", async () => {
  let stopped = false;
  const hanging = eventually(
    (signal) => {
      signal.addEventListener("abort", () => {
        stopped = true;
      });
      return new Promise(() => {});
    },
    { timeoutMs: 30 },
  );
  await expect(hanging).rejects.toMatchObject({ failure: { code: "NEVER_HELD" } });
  expect(stopped).toBe(true);
});
