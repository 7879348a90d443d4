import { ask, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { eventually, spawnProcess, startNatsServer } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectTo, create, followed, refusalOf, startIntentions } from "./support.ts";

test("what was acknowledged survives SIGKILL, in the middle of writing", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  await using first = await startIntentions(nats);
  const acknowledged = new Set<string>();
  const { promise: killed, resolve: end } = Promise.withResolvers<undefined>();
  // Each goes on until the service is killed, so that this comes in the middle of the work of the others, however fast it goes.
  const clients = Array.from({ length: 20 }, async (_, client) => {
    for (let n = client; ; n += 20) {
      const created = await Promise.race([create(bus, `s${n}=>d${n % 7}`), killed]);
      if (created === undefined) return;
      acknowledged.add(created.ID);
      if (acknowledged.size < 40) continue;
      first.signal("SIGKILL");
      // What was not acknowledged may be there or not.
      end(undefined);
    }
  });
  await Promise.all(clients);
  await first.exited;

  await using _second = await startIntentions(nats);
  using seen = followed(bus);
  await seen.mirror.catchUp();
  const ids = [...seen.mirror.entries()].flatMap(([, { value }]) => value.Sources.map(({ ID }) => ID));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...acknowledged].filter((id) => !ids.includes(id))).toEqual([]);
  expect((await create(bus, "after=>d0")).Index).toBeGreaterThan(0);
});

test("two replicas that write one destination at once lose no update", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  await using _one = await startIntentions(nats);
  await using _other = await startIntentions(nats);
  const names = Array.from({ length: 200 }, (_, n) => `s${n}`);
  const created = await Promise.all(names.map((name) => create(bus, `${name}=>db`)));
  using seen = followed(bus);
  const last = Math.max(...created.map(({ Index }) => Index));
  expect((await seen.sources("db", last)).sort()).toEqual(names.map((name) => `${name} allow`).sort());
  expect(new Set(created.map(({ ID }) => ID)).size).toBe(200);
});

test("of many who create one pair at once at two replicas, one succeeds and the others name its ID", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  await using _one = await startIntentions(nats);
  await using _other = await startIntentions(nats);
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => create(bus, "web=>db")));
  const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value.ID] : []));
  const texts = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.message] : []));
  expect(winners).toHaveLength(1);
  expect(new Set(texts)).toEqual(
    new Set([`duplicate intention found: ALLOW default/web => default/db (ID: ${winners[0]}, Precedence: 9)`]),
  );
});

test("the default policy is published at start, and decides where no intention does", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const ended = new AbortController();
  const settings = Mirror.follow(bus, BUCKETS.intentions, { kind: "settings" }, ended.signal);
  for (const [env, action] of [
    [{}, "allow"],
    [{ CAUSEWAY_DEFAULT_POLICY: "deny" }, "deny"],
  ] as const) {
    await using _service = await startIntentions(nats, env);
    await settings.catchUp();
    expect(settings.get("settings", "default-policy")?.value).toEqual({ Action: action });
    expect(await ask(bus, "intentions.check", { Source: "a", Destination: "b" })).toEqual({ Action: action, By: null });
  }
  ended.abort();
});

test("the service goes on when NATS was killed and came back", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  await using _service = await startIntentions(nats);
  await create(bus, "web=>db");
  await nats.kill();
  await nats.restart();
  await bus.whenConnected();
  // The service may connect a moment after this bus: until then nobody answers.
  await eventually(async () =>
    expect((await refusalOf(create(bus, "web=>db")))?.message).toMatch(/^duplicate intention found/),
  );
});

test("it ends with 0 at SIGTERM, and with 64 when it is told nonsense", async () => {
  await using nats = await startNatsServer();
  const service = await startIntentions(nats);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  const mistaken = await spawnProcess(process.execPath, [service.command.split(" ")[1] ?? ""], {
    env: { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_DEFAULT_POLICY: "maybe" },
  });
  expect(await mistaken.exited).toEqual({ code: 64, signal: null });
  expect(mistaken.output()).toContain('CAUSEWAY_DEFAULT_POLICY is "maybe"');
});
