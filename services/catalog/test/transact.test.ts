import type { CatalogOperation } from "@causeway/model";
import { expect, test } from "vitest";
import { Harness } from "./harness.ts";

const node = (Verb: string, Node: string): CatalogOperation => {
  return { Verb, Part: "Node", Registration: { Node, Address: "10.0.0.1" } };
};
const service = (Verb: string, Service: string, Port: number, Index?: number): CatalogOperation => {
  const Registration = { Node: "n", Service: { Service, Port } };
  return { Verb, Part: "Service", Registration, ...(Index === undefined ? {} : { Index }) };
};

test("all of a transaction can be read at the revision that came back, copies of the node included", async () => {
  await using harness = await Harness.start();
  await harness.replica();
  const { Index } = await harness.ask("catalog.register", {
    Node: "n",
    Service: { Service: "web" },
    Address: "10.0.0.9",
  });
  const done = await harness.ask("catalog.transact", { Operations: [node("set", "n"), service("set", "db", 1)] });
  expect(done).toMatchObject({ Errors: [], Results: [{ Node: { Node: "n" } }, { Service: { Service: "db" } }] });
  expect(done.Index).toBeGreaterThan(Index);
  const [told] = done.Results;
  expect(await harness.records()).toMatchObject({
    "node.n": { Node: told?.Node },
    "instance.web.n.web": { Node: told?.Node },
    "instance.db.n.db": { Service: done.Results[1]?.Service },
  });
});

test("of a transaction with an error nothing is written", async () => {
  await using harness = await Harness.start();
  await harness.replica();
  const Operations = [node("set", "n"), node("get", "other")];
  const { Errors, Results } = await harness.ask("catalog.transact", { Operations });
  expect({ Errors, Results }).toEqual({ Errors: [{ OpIndex: 1, What: 'node "other" doesn\'t exist' }], Results: [] });
  expect(await harness.records()).toEqual({});
});

test("of many that compare with one index, on two replicas, one is done", async () => {
  await using harness = await Harness.start();
  await harness.replica("one");
  await harness.replica("two");
  await harness.ask("catalog.transact", { Operations: [node("set", "n"), service("set", "web", 1)] });
  const { Results } = await harness.ask("catalog.transact", { Operations: [service("get", "web", 0)] });
  const index = Results[0]?.Service?.ModifyIndex;
  const ports = Array.from({ length: 20 }, (_, at) => 100 + at);
  const all = await Promise.all(
    ports.map((port) => harness.ask("catalog.transact", { Operations: [service("cas", "web", port, index)] })),
  );
  const won = all.filter(({ Errors }) => Errors.length === 0);
  expect(won).toHaveLength(1);
  const what = 'failed to set service "web" on node "n", index is stale';
  expect(all.flatMap(({ Errors }) => Errors.map(({ What }) => What))).toEqual(Array(19).fill(what));
  expect(await harness.records()).toMatchObject({ "instance.web.n.web": { Service: won[0]?.Results[0]?.Service } });
});
