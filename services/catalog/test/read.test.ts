import { Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { expect, test } from "vitest";
import { Harness } from "./harness.ts";

const instance = (service: string, node: string) => ({
  Node: node,
  Address: "10.4.0.9",
  Service: { ID: `${service}-1`, Service: service, Port: 443 },
});

test("a mirror of one service has its instances from the catalog, and no consumer looks for them", async () => {
  await using harness = await Harness.start();
  await harness.replica();
  await harness.ask("catalog.register", instance("api", "n1"));
  await harness.ask("catalog.register", instance("api", "n2"));
  const { Index } = await harness.ask("catalog.register", instance("web", "n1"));

  const ended = new AbortController();
  const { promise: current, resolve } = Promise.withResolvers<void>();
  const scope = { kind: "instance", names: ["api"] } as const;
  const mirror = Mirror.follow(harness.bus, BUCKETS.catalog, scope, ended.signal, { current: resolve });
  await current;
  expect([...mirror.entries()].map(([key]) => key).sort()).toEqual(["instance.api.n1.api-1", "instance.api.n2.api-1"]);
  expect(mirror.revision).toBe(Index);

  await mirror.reach((await harness.ask("catalog.deregister", { Node: "n1", ServiceID: "api-1" })).Index);
  expect(mirror.get("instance", "api", "n1", "api-1")).toBeUndefined();
  const consumers = await harness.bus.manager.consumers.list("KV_catalog").next();
  const ofPart = consumers.filter(({ config }) => config.filter_subject === "$KV.catalog.instance.api.>");
  expect(ofPart.map(({ config }) => config.opt_start_seq)).toEqual([Index + 1]);
  ended.abort();
});

test("a part says at which revision it is, and of which bucket", async () => {
  await using harness = await Harness.start();
  await harness.replica();
  const { Index: Revision } = await harness.ask("catalog.register", instance("api", "n1"));
  const { created: MadeAt } = await harness.bus.manager.streams.info("KV_catalog");
  expect(await harness.ask("catalog.read", { Kind: "instance", Names: ["api"], Revision })).toMatchObject({
    MadeAt,
    Revision,
    Records: [{ Key: "instance.api.n1.api-1", Revision, Packed: expect.any(Uint8Array) }],
  });
  expect(await harness.ask("catalog.read", { Kind: "instance", Names: ["web"], Revision })).toMatchObject({
    Records: [],
  });
});
