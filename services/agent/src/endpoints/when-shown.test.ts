import { BusError } from "@causeway/bus";
import { expect, test } from "vitest";
import { whenShown } from "./when-shown.ts";

const behind = new BusError({ code: "BEHIND", bucket: "intentions", revision: 7, waitedMs: 5_000 });

function shown(reach: () => Promise<void>) {
  const logged: object[] = [];
  const log = { warn: (facts: object) => void logged.push(facts) };
  return { logged, headers: whenShown({ log }, { reach }, 7) };
}

test("what is shown needs no warning", async () => {
  const { headers, logged } = shown(async () => {});
  expect(await headers).toEqual({});
  expect(logged).toEqual([]);
});

test("a write that is not shown in time has happened: the client and the log are warned", async () => {
  const { headers, logged } = shown(() => Promise.reject(behind));
  expect(await headers).toEqual({ "X-Causeway-Warning": expect.stringContaining("written;") });
  expect(logged).toEqual([{ reason: behind.message }]);
});

test("any other failure is one", async () => {
  await expect(shown(() => Promise.reject(new Error("a bug"))).headers).rejects.toThrow("a bug");
});
