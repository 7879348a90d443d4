import fc from "fast-check";
import { expect, test } from "vitest";
import { type HeldIntermediate, intermediateRenewal, type WantedIntermediate } from "./intermediate-renewal.ts";

const HOUR = 3_600_000;
const held: HeldIntermediate = {
  notBeforeMs: 0,
  notAfterMs: 10 * HOUR,
  keyType: { type: "ec", bits: 256 },
  rootId: "aa:01",
};
const wanted: WantedIntermediate = { keyType: held.keyType, rootId: "aa:01", rootEndsMs: 1_000 * HOUR };

const cases = [
  { name: "there is none", held: undefined, wanted, nowMs: 0, due: "there is none" },
  { name: "it is young", held, wanted, nowMs: HOUR, later: 5 * HOUR },
  { name: "it is nearly half through its life", held, wanted, nowMs: 5 * HOUR - 1, later: 5 * HOUR },
  { name: "it is half through its life", held, wanted, nowMs: 5 * HOUR, due: "half of its life is over" },
  { name: "it has expired", held, wanted, nowMs: 11 * HOUR, due: "half of its life is over" },
  {
    name: "another root is active",
    held,
    wanted: { ...wanted, rootId: "bb:02" },
    nowMs: 0,
    due: "another root is active",
  },
  {
    name: "keys are to be longer",
    held,
    wanted: { ...wanted, keyType: { type: "ec", bits: 384 } },
    nowMs: 0,
    due: "keys are to be of another kind",
  },
  {
    name: "keys are to be RSA",
    held,
    wanted: { ...wanted, keyType: { type: "rsa", bits: 2048 } },
    nowMs: 0,
    due: "keys are to be of another kind",
  },
  {
    name: "it ends with its root, so that another would end no later",
    held,
    wanted: { ...wanted, rootEndsMs: held.notAfterMs },
    nowMs: 9 * HOUR,
    later: Number.POSITIVE_INFINITY,
  },
  {
    name: "it ends with a root that is active no more",
    held,
    wanted: { ...wanted, rootId: "bb:02", rootEndsMs: held.notAfterMs },
    nowMs: 9 * HOUR,
    due: "another root is active",
  },
] as const;

for (const { name, held, wanted, nowMs, ...expected } of cases) {
  const when = "due" in expected ? "is renewed at once" : "is left as it is for now";
  test(`an intermediate ${when} where ${name}`, () => {
    const renewal =
      "due" in expected ? { kind: "due", because: expected.due } : { kind: "later", atMs: expected.later };
    expect(intermediateRenewal(held, wanted, nowMs)).toEqual(renewal);
  });
}

test("one that is to be renewed later is so at that time and not before", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1e9 }), fc.nat(1e9), (lifeMs, nowMs) => {
      const one = { ...held, notAfterMs: lifeMs };
      const renewal = intermediateRenewal(one, wanted, nowMs);
      if (renewal.kind === "due") return;
      expect(renewal.atMs).toBeGreaterThan(nowMs);
      expect(intermediateRenewal(one, wanted, renewal.atMs).kind).toBe("due");
    }),
  );
});
