import type { Action, DestinationIntentions } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, describeDecision } from "./decide.ts";

type Rule = readonly [source: string, destination: string, action: Action];

function records(rules: readonly Rule[]): DestinationIntentions[] {
  const byDestination = new Map<string, DestinationIntentions>();
  for (const [source, destination, action] of rules) {
    const record = byDestination.get(destination) ?? {
      Name: destination,
      Sources: [],
      Meta: {},
      CreateIndex: 0,
      ModifyIndex: 0,
    };
    record.Sources.push({
      ID: `${source}-${destination}`,
      Name: source,
      Action: action,
      Description: "",
      Meta: {},
      CreatedAt: "",
      UpdatedAt: "",
      CreateIndex: 0,
      ModifyIndex: 0,
    });
    byDestination.set(destination, record);
  }
  return [...byDestination.values()];
}

const cases: readonly { name: string; rules: readonly Rule[]; fallback?: Action; action: Action }[] = [
  { name: "no intention: the default allows", rules: [], fallback: "allow", action: "allow" },
  { name: "no intention: the default denies", rules: [], action: "deny" },
  { name: "an intention for another pair says nothing", rules: [["api", "db", "allow"]], action: "deny" },
  {
    name: "exact beats any source",
    rules: [
      ["*", "db", "deny"],
      ["web", "db", "allow"],
    ],
    action: "allow",
  },
  {
    name: "exact destination beats exact source",
    rules: [
      ["web", "*", "allow"],
      ["*", "db", "deny"],
    ],
    action: "deny",
  },
  { name: "any to any decides when nothing else does", rules: [["*", "*", "deny"]], fallback: "allow", action: "deny" },
  {
    name: "exact source to any beats any to any",
    rules: [
      ["*", "*", "deny"],
      ["web", "*", "allow"],
    ],
    action: "allow",
  },
];

describe("decide", () => {
  for (const { name, rules, fallback = "deny", action } of cases) {
    test(name, () => {
      expect(decide({ intentions: records(rules), source: "web", destination: "db", fallback }).action).toBe(action);
    });
  }

  test("names the intention that decided", () => {
    const decision = decide({
      intentions: records([["web", "db", "deny"]]),
      source: "web",
      destination: "db",
      fallback: "allow",
    });
    expect(decision.by).toEqual({ kind: "intention", id: "web-db", source: "web", destination: "db", precedence: 9 });
    expect(describeDecision(decision)).toBe("deny by the intention web => db (ID: web-db, Precedence: 9)");
  });

  const name = fc.constantFrom("web", "db", "api", "*");
  const rule = fc.tuple(name, name, fc.constantFrom<Action>("allow", "deny"));
  const rules = fc.uniqueArray(rule, { selector: ([source, destination]) => `${source} ${destination}` });

  test("the order of intentions never matters", () => {
    fc.assert(
      fc.property(rules, fc.infiniteStream(fc.nat()), (given, keys) => {
        const shuffled = given.map((value) => ({ value, key: keys.next().value })).sort((a, b) => a.key - b.key);
        const ask = (list: readonly Rule[]) =>
          decide({ intentions: records(list), source: "web", destination: "db", fallback: "deny" }).action;
        expect(ask(shuffled.map(({ value }) => value))).toBe(ask(given));
      }),
    );
  });

  test("the answer is the default's exactly when no intention covers the pair", () => {
    fc.assert(
      fc.property(rules, (given) => {
        const covered = given.some(
          ([source, destination]) => ["web", "*"].includes(source) && ["db", "*"].includes(destination),
        );
        const { by } = decide({ intentions: records(given), source: "web", destination: "db", fallback: "deny" });
        expect(by.kind === "default").toBe(!covered);
      }),
    );
  });
});
