import type { DestinationIntentions } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IntentionsView, intentionTopics } from "./intentions-view.ts";

const idOf = (source: string, destination: string) => `${source} to ${destination}`;

function entry(destination: string, ...sources: readonly string[]): DestinationIntentions {
  return {
    Name: destination,
    Meta: {},
    CreateIndex: 0,
    ModifyIndex: 0,
    Sources: sources.map((Name) => ({
      ID: idOf(Name, destination),
      Name,
      Action: "allow",
      Description: "",
      Meta: {},
      CreatedAt: "2026-01-01T00:00:00Z",
      UpdatedAt: "2026-01-01T00:00:00Z",
      CreateIndex: 0,
      ModifyIndex: 0,
    })),
  };
}

function put(view: IntentionsView, revision: number, value: DestinationIntentions | undefined, name: string): void {
  view.apply({ kind: "destination", names: [name], revision, record: value && { value, revision } });
}

function viewOf(...entries: readonly DestinationIntentions[]): IntentionsView {
  const view = new IntentionsView();
  entries.forEach((value, at) => {
    put(view, at + 1, value, value.Name);
  });
  return view;
}

describe("intentions", () => {
  const view = viewOf(entry("*", "web", "*"), entry("db", "web", "*", "other"));

  test("are listed in the order in which they decide", () => {
    expect(view.pairs().map(({ source, destination }) => `${source.Name}>${destination}`)).toEqual([
      "other>db",
      "web>db",
      "*>db",
      "web>*",
      "*>*",
    ]);
  });

  test("match a destination by its name and the wildcard", () => {
    expect(view.matching("destination", "cache").map(({ source }) => source.Name)).toEqual(["web", "*"]);
  });

  test("match a source by its name and the wildcard", () => {
    const names = view.matching("source", "other").map(({ source, destination }) => `${source.Name}>${destination}`);
    expect(names).toEqual(["other>db", "*>db", "*>*"]);
  });

  test("are found by ID and by their two names", () => {
    expect(view.withId(idOf("web", "db"))?.destination).toBe("db");
    expect(view.between("web", "*")?.source.ID).toBe(idOf("web", "*"));
    expect(view.between("web", "cache")).toBeUndefined();
  });

  test("that are replaced or deleted are found no more", () => {
    const changing = viewOf(entry("db", "web", "old"));
    put(changing, 2, entry("db", "web"), "db");
    expect(changing.withId(idOf("old", "db"))).toBeUndefined();
    put(changing, 3, undefined, "db");
    expect(changing.pairs()).toEqual([]);
    expect(changing.topics.index([intentionTopics.destination("db")])).toBe(3);
  });

  test("leave the rest to the default, which allows until it is told", () => {
    const told = new IntentionsView();
    expect(told.defaultAction).toBe("allow");
    const record = { value: { Action: "deny" }, revision: 1 };
    told.apply({ kind: "settings", names: ["default-policy"], revision: 1, record });
    expect(told.defaultAction).toBe("deny");
  });

  const names = fc.uniqueArray(fc.constantFrom("*", "a", "b"), { minLength: 1 });
  test("come out the same whatever the order in which destinations were told", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("*", "x", "y"), names), (world) => {
        const entries = Object.entries(world).map(([destination, sources]) => entry(destination, ...sources));
        const text = (one: IntentionsView) => one.pairs().map(({ source }) => source.ID);
        expect(text(viewOf(...entries))).toEqual(text(viewOf(...entries.toReversed())));
      }),
    );
  });
});
