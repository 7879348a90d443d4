import { ask } from "@causeway/bus";
import { DENY_BY_DEFAULT, outcomeOf, putTokens } from "@causeway/bus/testing";
import type { Request, Verb } from "@causeway/model";
import { startNatsServer } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectTo, followed, startIntentions } from "./support.ts";

const RULES = {
  db: 'service "db" { policy = "read" intentions = "write" } service "web" { policy = "write" }',
  root: 'service_prefix "" { policy = "read" intentions = "write" }',
};
const DENIED = "403 Permission denied";
const UNKNOWN = "403 ACL not found";

type Asked = { readonly [V in Verb]: readonly [verb: V, request: Request<V>] }[Verb];
const intention = (DestinationName: string) => ({ SourceName: "web", DestinationName, Action: "allow" });
const entry = (Name: string) => ({
  Kind: "service-intentions",
  Name,
  Sources: [{ Name: "api", Action: "allow" }],
});

test("intentions are written by whoever may write those of their destination", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  await putTokens(bus, RULES);
  await using _ = await startIntentions(nats, DENY_BY_DEFAULT);
  const by = ([verb, request]: Asked, Token?: string) =>
    outcomeOf(ask(bus, verb, { ...request, ...(Token === undefined ? {} : { Token }) }));
  const create = (name: string) => ask(bus, "intentions.create", { ...intention(name), Token: "root" });
  const [ofDb, ofApi] = [(await create("db")).ID, (await create("api")).ID];
  const cases: readonly (readonly [asked: Asked, outcome: string])[] = [
    [["intentions.create", intention("web")], DENIED],
    [["intentions.create", intention("*")], DENIED],
    [["intentions.upsert", intention("db")], "done"],
    [["intentions.upsert", intention("api")], DENIED],
    [["intentions.update", { ID: ofDb, Intention: intention("db") }], "done"],
    [["intentions.update", { ID: ofDb, Intention: intention("api") }], DENIED],
    [["intentions.update", { ID: ofApi, Intention: intention("db") }], DENIED],
    [["intentions.delete", { ID: ofApi }], DENIED],
    [["intentions.delete", { Source: "web", Destination: "api" }], DENIED],
    [["intentions.delete-entry", { Name: "api" }], DENIED],
    [["intentions.apply-entry", { Entry: entry("api") }], DENIED],
    [["intentions.delete", { ID: ofDb }], "done"],
    [["intentions.apply-entry", { Entry: entry("db") }], "done"],
    [["intentions.delete", { Source: "api", Destination: "db" }], "done"],
    [["intentions.delete-entry", { Name: "db" }], "done"],
  ];
  for (const [asked, outcome] of cases) {
    const what = JSON.stringify(asked);
    expect(await by(asked), what).toBe(UNKNOWN);
    expect(await by(asked, "other"), what).toBe(UNKNOWN);
    expect(await by(asked, "db"), what).toBe(outcome);
  }
  using seen = followed(bus);
  await seen.mirror.catchUp();
  expect([...seen.mirror.entries()].map(([, { value }]) => value.Name)).toEqual(["api"]);
});
