import type { DestinationIntentions } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { matchIntentions, type Side } from "./match.ts";
import { withSource } from "./sources.ts";

const records = ["web=>db", "web=>*", "*=>db", "*=>*", "other=>db"].reduce((all, text) => {
  const [source = "", destination = ""] = text.split("=>");
  const known = all.get(destination);
  const draft = { Name: source, Action: "allow", Description: "", Meta: {} } as const;
  const before = known === undefined ? undefined : { value: known, revision: 1 };
  return all.set(destination, withSource(destination, before, draft, { id: text, now: "" }));
}, new Map<string, DestinationIntentions>());

const cases: readonly { side: Side; name: string; matched: string[] }[] = [
  { side: "destination", name: "db", matched: ["other=>db", "web=>db", "*=>db", "web=>*", "*=>*"] },
  { side: "source", name: "web", matched: ["web=>db", "*=>db", "web=>*", "*=>*"] },
  { side: "source", name: "nobody", matched: ["*=>db", "*=>*"] },
  { side: "destination", name: "nobody", matched: ["web=>*", "*=>*"] },
  { side: "destination", name: "*", matched: ["web=>*", "*=>*"] },
];

describe("intentions that match", () => {
  for (const { side, name, matched } of cases) {
    test(`${name} as ${side}, as they are evaluated`, () => {
      expect(matchIntentions(records.values(), side, name).map(({ Source }) => Source.ID)).toEqual(matched);
    });
  }

  test("nothing where there are none", () => expect(matchIntentions([], "source", "web")).toEqual([]));
});
