import type { DestinationIntentions } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Draft,
  readDestination,
  type StoredDestination,
  withAdopted,
  withEntry,
  withoutSources,
  withRedrafted,
  withSource,
} from "./sources.ts";

const NOW = "2026-01-01T00:00:00.000Z";
const LATER = "2026-01-02T00:00:00.000Z";

function draft(Name: string, Action: "allow" | "deny" = "allow", Description = ""): Draft {
  return { Name, Action, Description, Meta: {} };
}

/** The destination `db` after these drafts, each written at the next revision from 11 on. */
function stored(...drafts: readonly Draft[]): StoredDestination {
  let at: StoredDestination | undefined;
  for (const [n, one] of drafts.entries()) {
    at = { value: withSource("db", at, one, { id: `id-${one.Name}`, now: NOW }), revision: 11 + n };
  }
  if (at === undefined) throw new Error("at least one draft");
  return at;
}

/** Name, action and real indexes of each source. */
function summary(value: DestinationIntentions | undefined, revision: number): string[] {
  if (value === undefined) return [];
  return readDestination("db", { value, revision }).Sources.map(
    ({ Name, Action, CreateIndex, ModifyIndex }) => `${Name} ${Action} ${CreateIndex}/${ModifyIndex}`,
  );
}

describe("a source", () => {
  test("that is new is born, and leaves the indexes of the others alone", () => {
    const { value, revision } = stored(draft("web"), draft("api"));
    expect(summary(value, revision)).toEqual(["web allow 11/11", "api allow 12/12"]);
    expect(readDestination("db", { value, revision })).toMatchObject({ CreateIndex: 11, ModifyIndex: 12 });
    expect(value.Sources[0]).toMatchObject({ ID: "id-web", CreatedAt: NOW, UpdatedAt: NOW });
  });

  test("for every service stands behind those that are named, whenever it came", () => {
    const { value } = stored(draft("*"), draft("web"), draft("api"));
    expect(value.Sources.map(({ Name }) => Name)).toEqual(["web", "api", "*"]);
  });

  test("that changes keeps its ID, the time it was created and its CreateIndex", () => {
    const before = stored(draft("web"), draft("api"));
    const value = withSource("db", before, draft("web", "deny"), { id: "other", now: LATER });
    expect(summary(value, 20)).toEqual(["web deny 11/20", "api allow 12/12"]);
    expect(value.Sources[0]).toMatchObject({ ID: "id-web", CreatedAt: NOW, UpdatedAt: LATER });
  });

  test("that says the same as before changes nothing", () => {
    const before = stored(draft("web"), draft("api"));
    expect(withSource("db", before, draft("web"), { id: "other", now: LATER })).toBe(before.value);
    expect(withRedrafted(before, "id-web", draft("web"), LATER)).toBe(before.value);
  });

  test("can be renamed by its ID", () => {
    const value = withRedrafted(stored(draft("web")), "id-web", draft("web2"), LATER);
    expect(value.Sources).toMatchObject([{ ID: "id-web", Name: "web2", CreatedAt: NOW, UpdatedAt: LATER }]);
  });

  test("can be taken over from another destination, ID and all", () => {
    const [source] = readDestination("db", stored(draft("web"))).Sources;
    if (source === undefined) throw new Error("there is one");
    const value = withAdopted("cache", undefined, source);
    expect(value).toMatchObject({ Name: "cache", Sources: [{ ID: "id-web", CreateIndex: 11, ModifyIndex: 0 }] });
  });

  test("can be taken away; with the last one the destination goes", () => {
    const before = stored(draft("web"), draft("api"));
    expect(
      summary(
        withoutSources(before, ({ Name }) => Name === "web"),
        20,
      ),
    ).toEqual(["api allow 12/12"]);
    expect(withoutSources(before, () => true)).toBeUndefined();
    expect(withoutSources(before, () => false)).toBe(before.value);
    expect(withoutSources(undefined, () => true)).toBeUndefined();
  });
});

describe("an entry", () => {
  const birth = ({ Name }: Draft) => ({ id: `new-${Name}`, now: LATER });

  test("replaces all sources; those that stay keep who they are", () => {
    const before = stored(draft("web"), draft("api"), draft("gone"));
    const entry = { Name: "db", Meta: { a: "b" }, Sources: [draft("*", "deny"), draft("api"), draft("web", "deny")] };
    const value = withEntry(entry, before, birth);
    expect(summary(value, 20)).toEqual(["api allow 12/12", "web deny 11/20", "* deny 20/20"]);
    expect(value.Sources.map(({ ID }) => ID)).toEqual(["id-api", "id-web", "new-*"]);
    expect(value.Meta).toEqual({ a: "b" });
  });

  test("that says the same as before changes nothing", () => {
    const entry = { Name: "db", Meta: { a: "b" }, Sources: [draft("*", "deny"), draft("api")] };
    const before = { value: withEntry(entry, undefined, birth), revision: 5 };
    expect(withEntry(entry, before, birth)).toBe(before.value);
  });

  test("with other meta alone is a change of the entry and of no source", () => {
    const before = stored(draft("web"));
    const value = withEntry({ Name: "db", Meta: { a: "b" }, Sources: [draft("web")] }, before, birth);
    expect(readDestination("db", { value, revision: 20 })).toMatchObject({ CreateIndex: 11, ModifyIndex: 20 });
    expect(summary(value, 20)).toEqual(["web allow 11/11"]);
  });
});

test("whatever is written, no index of a part is ahead of the whole's, and no name stands twice", () => {
  const name = fc.constantFrom("web", "api", "*");
  const action = fc.constantFrom<"allow" | "deny">("allow", "deny");
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("set"), name, action }),
    fc.record({ kind: fc.constant("delete"), name, action }),
  );
  fc.assert(
    fc.property(fc.array(edit), (edits) => {
      let at: StoredDestination | undefined;
      for (const [n, one] of edits.entries()) {
        const value =
          one.kind === "set"
            ? withSource("db", at, draft(one.name, one.action), { id: `${n}`, now: NOW })
            : withoutSources(at, ({ Name }) => Name === one.name);
        if (value !== at?.value) at = value === undefined ? undefined : { value, revision: n + 1 };
        if (at === undefined) continue;
        const read = readDestination("db", at);
        expect(read.ModifyIndex).toBe(at.revision);
        for (const source of read.Sources) {
          expect(source.ModifyIndex).toBeLessThanOrEqual(read.ModifyIndex);
          expect(source.CreateIndex).toBeGreaterThanOrEqual(read.CreateIndex);
        }
        expect(new Set(read.Sources.map(({ Name }) => Name)).size).toBe(read.Sources.length);
      }
    }),
  );
});
