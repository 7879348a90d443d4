import { sendBeat } from "@causeway/bus";
import { FakeClock } from "@causeway/runtime/testing";
import { eventually } from "@causeway/testkit";
import { expect, test } from "vitest";
import { Harness } from "./harness.ts";

const one = { ID: "11111111-1111-1111-1111-111111111111", Node: "one", Address: "10.0.0.1" };
const two = { ID: "22222222-2222-2222-2222-222222222222", Node: "two", Address: "10.0.0.2" };
const web = { Service: "web", Port: 80 };
const external = { Node: "ext", Address: "10.0.0.9", Service: { Service: "api", Port: 443 } };
const serfHealth = { CheckID: "serfHealth", Name: "Serf Health Status", Status: "passing" };

const BEAT_MS = 1_000;
const AGENTS = { graceMs: 10_000, reconnectTimeoutMs: 20_000 };

/** Replicas of a catalog that share a clock, two agents that have joined, and what else is on their nodes. */
async function joined() {
  const harness = await Harness.start();
  const clock = new FakeClock();
  await Promise.all(["catalog", "catalog-2"].map((name) => harness.replica(name, clock, AGENTS)));
  await Promise.all([one, two].map((agent) => harness.ask("catalog.join", agent)));
  await harness.ask("catalog.register", { ...one, Service: web });
  await harness.ask("catalog.register", external);
  const statusOf = async (key: string) => {
    const record = (await harness.records())[key] as { Checks: unknown[]; NodeChecks?: unknown[] } | undefined;
    return [...(record?.NodeChecks ?? []), ...(record?.Checks ?? [])];
  };
  const beat = async (...agents: readonly { readonly ID: string }[]) => {
    for (const { ID } of agents) sendBeat(harness.bus, { ID, IntervalMs: BEAT_MS });
    await harness.bus.connection.flush();
  };
  /** Lets time pass in which these beat, until the catalog says so; what it takes in earnest depends on the machine. */
  const passUntil = (says: () => Promise<void>, ...agents: readonly { readonly ID: string }[]) =>
    eventually(
      async () => {
        await beat(...agents);
        await clock.advance(BEAT_MS);
        await says();
      },
      { timeoutMs: 30_000 },
    );
  return { harness, clock, statusOf, beat, passUntil, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

test("an agent that falls silent has failed with all that is on its node, and is alive again when it is heard", async () => {
  await using plane = await joined();
  const { harness, statusOf, beat, passUntil } = plane;
  await beat(one, two);
  const failed = { Status: "critical", Output: "Agent not live or unreachable" };
  await passUntil(async () => expect(await statusOf("instance.web.one.web")).toMatchObject([failed]), two);
  const records = await harness.records();
  expect(records).toMatchObject({
    "node.one": { Checks: [failed] },
    "node.two": { Checks: [{ Status: "passing" }] },
    "node.ext": { Checks: [] },
    "agent.one": { ...one, Status: "failed", SinceMs: expect.any(Number) },
    "agent.two": { ...two, Status: "alive" },
  });

  await eventually(async () => {
    await beat(one, two);
    expect(await statusOf("instance.web.one.web")).toMatchObject([{ Status: "passing" }]);
    expect(await harness.records()).toMatchObject({ "agent.one": { Status: "alive" } });
  });
});

test("whose agent was never heard is not judged: a node without one, and one of a release that does not beat", async () => {
  await using plane = await joined();
  const { harness, clock, statusOf, beat, passUntil } = plane;
  const three = { ID: "33333333-3333-3333-3333-333333333333", Node: "three", Address: "10.0.0.3" };
  await harness.ask("catalog.register", { ...external, Checks: [serfHealth] });
  await harness.ask("catalog.join", three);
  await beat(one, two);
  await passUntil(async () => expect(await statusOf("node.two")).toMatchObject([{ Status: "critical" }]), one);
  for (let passed = 0; passed < 2 * AGENTS.graceMs; passed += BEAT_MS) {
    await beat(one);
    await clock.advance(BEAT_MS);
  }
  expect(await statusOf("node.ext")).toMatchObject([{ Status: "passing" }]);
  expect(await statusOf("node.three")).toMatchObject([{ Status: "passing" }]);
});

test("an agent that leaves takes its node with it, and another agent of its name does not", async () => {
  await using plane = await joined();
  const { harness } = plane;
  await harness.ask("catalog.leave", { ...one, ID: two.ID });
  expect(await harness.keys()).toContain("instance.web.one.web");
  await harness.ask("catalog.leave", one);
  expect((await harness.keys()).filter((key) => key.includes("one"))).toEqual(["agent.one"]);
  expect(await harness.records()).toMatchObject({ "agent.one": { ...one, Status: "left" } });

  await harness.ask("catalog.join", one);
  expect((await harness.keys()).filter((key) => key.includes("one"))).toEqual([
    "instance.consul.one.consul",
    "node.one",
  ]);
});

test("only an agent that has failed is thrown out, and pruning forgets it", async () => {
  await using plane = await joined();
  const { harness, statusOf, beat, passUntil } = plane;
  const forceLeave = (Node: string, Prune = false) => harness.ask("catalog.force-leave", { Node, Prune });
  await expect(forceLeave("ext")).rejects.toThrow("agent: No node found with name 'ext'");
  await forceLeave("one", true);
  expect(await harness.keys()).toContain("instance.web.one.web");

  await beat(one, two);
  await passUntil(async () => expect(await statusOf("node.one")).toMatchObject([{ Status: "critical" }]), two);
  await forceLeave("one");
  expect(await harness.records()).toMatchObject({ "agent.one": { ...one, Status: "left" } });
  expect(await harness.keys()).not.toContain("node.one");
  await forceLeave("one", true);
  expect(await harness.keys()).not.toContain("agent.one");
});

test("an agent that has failed and stays away is taken out with its services, in time", async () => {
  await using plane = await joined();
  const { harness, clock, statusOf, beat, passUntil } = plane;
  await beat(one, two);
  await passUntil(async () => expect(await statusOf("node.one")).toMatchObject([{ Status: "critical" }]), two);
  const failedMs = clock.now();
  await passUntil(async () => {
    expect((await harness.keys()).filter((key) => key.includes("one"))).toEqual([]);
  }, two);
  expect(clock.now() - failedMs).toBeGreaterThan(AGENTS.reconnectTimeoutMs / 2);
  expect(await statusOf("node.two")).toMatchObject([{ Status: "passing" }]);
});
