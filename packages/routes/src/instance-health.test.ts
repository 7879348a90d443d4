import type { CheckStatus } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instanceHealth } from "./instance-health.ts";
import { instanceRecord } from "./testing.ts";

type Case = {
  readonly name: string;
  readonly checks?: readonly CheckStatus[];
  readonly nodeChecks?: readonly CheckStatus[];
  readonly weights?: { readonly Passing: number; readonly Warning: number };
  readonly onlyPassing?: boolean;
  readonly healthy: boolean;
  readonly weight?: number;
};

const cases: readonly Case[] = [
  { name: "without checks an instance is healthy", healthy: true },
  { name: "a critical check takes it out", checks: ["passing", "critical"], healthy: false },
  { name: "a critical check of the node takes it out", nodeChecks: ["critical"], healthy: false },
  { name: "a warning leaves it in, with the warning share", checks: ["warning"], healthy: true, weight: 3 },
  { name: "a warning of the node counts as one of its own", nodeChecks: ["warning"], healthy: true, weight: 3 },
  {
    name: "a warning takes it out where only passing counts",
    checks: ["warning"],
    onlyPassing: true,
    healthy: false,
    weight: 3,
  },
  { name: "passing stays in where only passing counts", checks: ["passing"], onlyPassing: true, healthy: true },
  { name: "a share of 0 takes it out", weights: { Passing: 0, Warning: 3 }, healthy: false, weight: 1 },
  {
    name: "a warning share of 0 takes it out",
    weights: { Passing: 7, Warning: 0 },
    checks: ["warning"],
    healthy: false,
    weight: 1,
  },
  { name: "a share above 128 is 128", weights: { Passing: 60_000, Warning: 1 }, healthy: true, weight: 128 },
  { name: "a negative share takes it out", weights: { Passing: -1, Warning: 1 }, healthy: false, weight: 1 },
];

describe("instanceHealth", () => {
  for (const { name, checks = [], nodeChecks = [], weights, onlyPassing = false, healthy, weight = 7 } of cases) {
    test(name, () => {
      const instance = instanceRecord({
        Service: "db",
        Weights: weights ?? { Passing: 7, Warning: 3 },
        Checks: checks,
        NodeChecks: nodeChecks,
      });
      expect(instanceHealth(instance, { onlyPassing })).toEqual({ healthy, weight });
    });
  }

  test("the order of checks never matters, and the weight is always 1 to 128", () => {
    const statuses = fc.array(fc.constantFrom<CheckStatus>("passing", "warning", "critical"), { maxLength: 4 });
    fc.assert(
      fc.property(statuses, fc.integer(), fc.integer(), fc.boolean(), (checks, Passing, Warning, onlyPassing) => {
        const facts = { Service: "db", Weights: { Passing, Warning } };
        const health = instanceHealth(instanceRecord({ ...facts, Checks: checks }), { onlyPassing });
        const reversed = instanceRecord({ ...facts, NodeChecks: [...checks].reverse() });
        expect(instanceHealth(reversed, { onlyPassing })).toEqual(health);
        expect(health.weight).toBeGreaterThanOrEqual(1);
        expect(health.weight).toBeLessThanOrEqual(128);
      }),
    );
  });
});
