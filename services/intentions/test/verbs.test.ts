import { ask, type Bus } from "@causeway/bus";
import { type NatsServer, type SpawnedProcess, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectTo, create, followed, intention, refusalOf, startIntentions } from "./support.ts";

const UNKNOWN = "f1f1f1f1-0000-0000-0000-000000000000";
let nats: NatsServer;
let service: SpawnedProcess;
let bus: Bus;
let seen: ReturnType<typeof followed>;

beforeAll(async () => {
  nats = await startNatsServer();
  service = await startIntentions(nats);
  bus = await connectTo(nats);
  seen = followed(bus);
});
afterAll(async () => {
  seen[Symbol.dispose]();
  await bus.drain();
  await service.stop();
  await nats.stop();
});
beforeEach(async () => {
  await seen.mirror.catchUp();
  for (const [, { value }] of seen.mirror.entries()) await ask(bus, "intentions.delete-entry", { Name: value.Name });
});

describe("a legacy intention", () => {
  test("is created with an ID, and its destination's followers see it at the revision told", async () => {
    const { ID, Index } = await create(bus, "web=>db", "allow", { Description: "web to db", Meta: { a: "b" } });
    const record = await seen.record("db", Index);
    expect(ID).toMatch(/^[0-9a-f-]{36}$/);
    expect(record).toMatchObject({ Name: "db", Meta: {}, CreateIndex: Index, ModifyIndex: Index });
    expect(record?.Sources).toEqual([
      {
        ID,
        Name: "web",
        Action: "allow",
        Description: "web to db",
        Meta: { a: "b" },
        CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        UpdatedAt: record?.Sources[0]?.CreatedAt,
        CreateIndex: Index,
        ModifyIndex: Index,
      },
    ]);
  });

  test("of a pair that has one is a duplicate", async () => {
    const { ID } = await create(bus, "web=>db");
    expect(await refusalOf(create(bus, "web=>db", "deny"))).toEqual({
      status: 500,
      message: `duplicate intention found: ALLOW default/web => default/db (ID: ${ID}, Precedence: 9)`,
    });
  });

  test("that is illegal is refused with everything that is wrong", async () => {
    expect(await refusalOf(create(bus, "=>d*", "maybe"))).toEqual({
      status: 500,
      message:
        "3 errors occurred:\n\t* SourceName must be set\n\t* DestinationName: wildcard character '*' cannot be used with partial values\n\t* Action must be set to 'allow' or 'deny'\n\n",
    });
  });

  test("can be changed by its ID: the action, the words, the source", async () => {
    const { ID } = await create(bus, "web=>db", "allow", { Meta: { a: "b" } });
    const update = (pair: string, action: string, more = {}) =>
      ask(bus, "intentions.update", { ID: ID.toUpperCase(), Intention: intention(pair, action, more) });
    const denied = await update("web=>db", "deny", { Description: "changed" });
    expect((await seen.record("db", denied.Index))?.Sources).toMatchObject([
      { ID, Action: "deny", Description: "changed", Meta: {} },
    ]);
    const renamed = await update("web2=>db", "allow");
    expect((await seen.record("db", renamed.Index))?.Sources).toMatchObject([{ ID, Name: "web2", Description: "" }]);
    const again = await update("web2=>db", "allow");
    expect(again).toEqual(renamed);
  });

  test("cannot become a duplicate", async () => {
    const { ID } = await create(bus, "web=>db");
    const any = await create(bus, "*=>db", "deny");
    const other = await create(bus, "web=>*", "deny");
    const update = (pair: string) => refusalOf(ask(bus, "intentions.update", { ID, Intention: intention(pair) }));
    expect((await update("*=>db"))?.message).toBe(
      `duplicate intention found: DENY default/* => default/db (ID: ${any.ID}, Precedence: 8)`,
    );
    expect((await update("web=>*"))?.message).toBe(
      `duplicate intention found: DENY default/web => default/* (ID: ${other.ID}, Precedence: 6)`,
    );
  });

  test("can be moved to another destination, and keeps its ID and the time when it was created", async () => {
    const { ID, Index: created } = await create(bus, "web=>db");
    await create(bus, "api=>db", "deny");
    const before = (await seen.record("db", created))?.Sources[0];
    const { Index } = await ask(bus, "intentions.update", { ID, Intention: intention("web=>cache", "deny") });
    expect(await seen.sources("db", Index)).toEqual(["api deny"]);
    expect((await seen.record("cache", Index))?.Sources).toMatchObject([
      { ID, Name: "web", Action: "deny", CreatedAt: before?.CreatedAt, CreateIndex: created },
    ]);
  });

  test("can be deleted once", async () => {
    const { ID } = await create(bus, "web=>db");
    const { Index } = await ask(bus, "intentions.delete", { ID });
    await seen.mirror.reach(Index);
    expect(seen.mirror.get("destination", "db")).toBeUndefined();
    expect(await refusalOf(ask(bus, "intentions.delete", { ID }))).toEqual({
      status: 500,
      message: `Cannot delete non-existent intention: '${ID}'`,
    });
  });

  const legal = intention("a=>b");
  const badId = {
    status: 500,
    message: "Intention lookup failed: failed intention lookup: index error: UUID must be 36 characters",
  };
  test("that does not exist cannot be changed, and what is no ID cannot be looked up", async () => {
    expect(await refusalOf(ask(bus, "intentions.update", { ID: UNKNOWN, Intention: legal }))).toEqual({
      status: 500,
      message: `Cannot modify non-existent intention: '${UNKNOWN}'`,
    });
    expect(await refusalOf(ask(bus, "intentions.update", { ID: "hello", Intention: legal }))).toEqual(badId);
    expect(await refusalOf(ask(bus, "intentions.delete", { ID: "hello" }))).toEqual(badId);
  });
});

describe("an intention by its pair", () => {
  test("is set, set again and deleted, each as often as one likes", async () => {
    const first = await ask(bus, "intentions.upsert", intention("web=>db", "allow"));
    const id = (await seen.record("db", first.Index))?.Sources[0]?.ID;
    const same = await ask(bus, "intentions.upsert", intention("web=>db", "allow"));
    const second = await ask(bus, "intentions.upsert", intention("web=>db", "deny"));
    expect(same).toEqual(first);
    expect((await seen.record("db", second.Index))?.Sources).toMatchObject([{ ID: id, Action: "deny" }]);
    const gone = await ask(bus, "intentions.delete", { Source: "web", Destination: "db" });
    expect(await seen.sources("db", gone.Index)).toEqual([]);
    expect(await ask(bus, "intentions.delete", { Source: "web", Destination: "db" })).toEqual({ Index: 0 });
  });
});

describe("a service-intentions entry", () => {
  const Sources = [
    { Name: "*", Action: "deny" },
    { Name: "web", Action: "allow", Description: "the shop" },
  ];
  const entry = { Kind: "service-intentions", Name: "db", Sources, Meta: { owner: "edge" } };

  test("replaces all intentions of its destination, the most specific first", async () => {
    const { ID } = await create(bus, "web=>db", "deny");
    await create(bus, "gone=>db");
    const { Applied, Index } = await ask(bus, "intentions.apply-entry", { Entry: entry });
    expect(Applied).toBe(true);
    expect(await seen.sources("db", Index)).toEqual(["web allow", "* deny"]);
    expect(await seen.record("db", Index)).toMatchObject({ Meta: { owner: "edge" }, Sources: [{ ID }, {}] });
  });

  test("that says what is there already is applied and writes nothing", async () => {
    const first = await ask(bus, "intentions.apply-entry", { Entry: entry });
    expect(await ask(bus, "intentions.apply-entry", { Entry: entry })).toEqual(first);
  });

  test("is applied and deleted only at the index that its writer has seen", async () => {
    const apply = (CAS: number, action: string) =>
      ask(bus, "intentions.apply-entry", { Entry: { ...entry, Sources: [{ Name: "web", Action: action }] }, CAS });
    const created = await apply(0, "allow");
    const again = await apply(0, "deny");
    const stale = await apply(created.Index - 1, "deny");
    const updated = await apply(created.Index, "deny");
    expect([created.Applied, again.Applied, stale.Applied, updated.Applied]).toEqual([true, false, false, true]);
    const early = await ask(bus, "intentions.delete-entry", { Name: "db", CAS: created.Index });
    const deleted = await ask(bus, "intentions.delete-entry", { Name: "db", CAS: updated.Index });
    const absent = await ask(bus, "intentions.delete-entry", { Name: "db" });
    expect([early.Deleted, deleted.Deleted, absent.Deleted]).toEqual([false, true, false]);
    expect(await seen.sources("db", deleted.Index)).toEqual([]);
  });

  test("in snake_case, with keys that nobody knows, or illegal", async () => {
    const snake = { kind: "service-intentions", name: "cache", sources: { name: "web", action: "allow" } };
    const { Index } = await ask(bus, "intentions.apply-entry", { Entry: snake });
    expect(await seen.sources("cache", Index)).toEqual(["web allow"]);
    const refusal = (Entry: unknown) => refusalOf(ask(bus, "intentions.apply-entry", { Entry }));
    expect(await refusal({ ...entry, Bogus: 1 })).toEqual({
      status: 400,
      message: 'Bad request: Request decoding failed: 1 error occurred:\n\t* invalid config key "Bogus"\n\n',
    });
    expect(await refusal({ ...entry, Sources: [] })).toEqual({
      status: 500,
      message: "At least one source is required",
    });
  });

  test("shares its record with the legacy verbs", async () => {
    await ask(bus, "intentions.apply-entry", { Entry: entry });
    const { Index } = await create(bus, "api=>db", "deny");
    expect(await seen.sources("db", Index)).toEqual(["web allow", "api deny", "* deny"]);
    expect((await seen.record("db", Index))?.Meta).toEqual({ owner: "edge" });
  });
});

describe("match and check", () => {
  beforeEach(async () => {
    for (const [pair, action] of [
      ["web=>db", "allow"],
      ["web=>*", "deny"],
      ["*=>db", "deny"],
      ["*=>*", "allow"],
      ["other=>db", "allow"],
    ] as const) {
      await create(bus, pair, action);
    }
  });

  test("match lists what could decide, in the order of evaluation, with real indexes", async () => {
    const matched = await ask(bus, "intentions.match", { By: "destination", Name: "db" });
    expect(matched.map(({ Destination, Source }) => `${Source.Name}=>${Destination}`)).toEqual([
      "other=>db",
      "web=>db",
      "*=>db",
      "web=>*",
      "*=>*",
    ]);
    for (const { Source } of matched) expect(Source.ModifyIndex).toBeGreaterThan(0);
  });

  const cases = [
    { source: "web", destination: "db", action: "allow", by: "web" },
    { source: "web", destination: "cache", action: "deny", by: "web" },
    { source: "x", destination: "db", action: "deny", by: "*" },
    { source: "x", destination: "y", action: "allow", by: "*" },
    { source: "*", destination: "db", action: "deny", by: "*" },
  ] as const;
  for (const { source, destination, action, by } of cases) {
    test(`check: ${source} to ${destination} is ${action}`, async () => {
      const decided = await ask(bus, "intentions.check", { Source: source, Destination: destination });
      expect(decided).toMatchObject({ Action: action, By: { Name: by, Action: action } });
    });
  }

  test("check sees a write that another replica has just acknowledged", async () => {
    await using _second = await startIntentions(nats);
    for (let round = 0; round < 20; round++) {
      const action = round % 2 === 0 ? "deny" : "allow";
      await ask(bus, "intentions.upsert", intention("web=>db", action));
      const { Action } = await ask(bus, "intentions.check", { Source: "web", Destination: "db" });
      expect(Action).toBe(action);
    }
  });
});
