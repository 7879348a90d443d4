import { eventually, type SpawnedProcess } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { Harness } from "./harness.ts";

const service = (n: number) => ({
  Node: `node${n % 5}`,
  Address: "10.0.0.1",
  Service: { Service: "web", ID: `web-${n}` },
});

/** Registers services one after another until `signal` aborts; gives those that were acknowledged. */
async function registerUntil(harness: Harness, signal: AbortSignal, first: number): Promise<number[]> {
  const acknowledged: number[] = [];
  // Nobody answers what a killed process had been asked.
  const { promise: ended, resolve: end } = Promise.withResolvers<false>();
  signal.addEventListener("abort", () => end(false), { once: true });
  for (let n = first; !signal.aborted; n += 4) {
    const answering = harness.ask("catalog.register", service(n)).then(
      () => true,
      () => false,
    );
    if (await Promise.race([answering, ended])) acknowledged.push(n);
  }
  return acknowledged;
}

describe("the catalog as a process", () => {
  test("loses nothing that it acknowledged when it is killed at any moment", async () => {
    await using harness = await Harness.start();
    const acknowledged: number[] = [];
    let running: SpawnedProcess = await harness.process();
    for (let round = 0; round < 3; round++) {
      const stop = new AbortController();
      const clients = [0, 1, 2, 3].map((at) => registerUntil(harness, stop.signal, round * 100_000 + at));
      try {
        await expect
          .poll(async () => (await harness.keys()).length, { timeout: 60_000 })
          .toBeGreaterThan(20 * (round + 1));
        await running.kill9();
      } finally {
        // On a bus that has been closed the clients would ask, and be refused, without end.
        stop.abort();
      }
      acknowledged.push(...(await Promise.all(clients)).flat());
      running = await harness.process();
    }
    const keys = new Set(await harness.keys());
    const lost = acknowledged.filter((n) => !keys.has(`instance.web.node${n % 5}.web-${n}`));
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(lost).toEqual([]);
    const records = await harness.records();
    for (const [key, record] of Object.entries(records)) {
      if (!key.startsWith("instance.")) continue;
      const { Node } = record as { Node: { Node: string } };
      expect(records[`node.${Node.Node}`]).toMatchObject({ Node });
    }
  }, 300_000);

  test("ends with 0 when it is asked to", async () => {
    await using harness = await Harness.start();
    const running = await harness.process();
    expect(await running.stop()).toMatchObject({ code: 0 });
  });

  test("goes on when NATS has been killed and is back", async () => {
    await using harness = await Harness.start();
    await harness.process();
    await harness.ask("catalog.register", service(0));
    await harness.nats.kill();
    await harness.nats.restart();
    await expect
      .poll(() => harness.ask("catalog.register", service(1)).catch(() => undefined), { timeout: 60_000 })
      .toMatchObject({ Index: expect.any(Number) });
    expect(await harness.keys()).toEqual(
      expect.arrayContaining(["instance.web.node0.web-0", "instance.web.node1.web-1"]),
    );
  });
});

describe("two replicas of the catalog", () => {
  test("lose none of the registrations that come at the same time", async () => {
    await using harness = await Harness.start();
    await Promise.all([harness.process(), harness.process()]);
    const all = Array.from({ length: 200 }, (_, n) => n);
    await Promise.all(all.map((n) => harness.ask("catalog.register", service(n))));
    const keys = await harness.keys();
    expect(keys.filter((key) => key.startsWith("instance."))).toHaveLength(all.length);
    expect(keys.filter((key) => key.startsWith("node."))).toHaveLength(5);
  });

  test("agree on one instance for an ID that is registered under two names at once, and on every copy of a node", async () => {
    await using harness = await Harness.start();
    await Promise.all([harness.replica("one"), harness.replica("two")]);
    const node = { Node: "n", Address: "10.0.0.1" };
    for (let round = 0; round < 10; round++) {
      await Promise.all([
        ...["web", "api"].map((Service) => harness.ask("catalog.register", { ...node, Service: { Service, ID: "x" } })),
        ...[1, 2, 3].map((n) => harness.ask("catalog.register", { Node: "n", Address: `10.0.${round}.${n}` })),
        ...[1, 2, 3].map((n) =>
          harness.ask("catalog.register", {
            Node: "n",
            SkipNodeUpdate: true,
            Service: { Service: "s", ID: `${round}-${n}` },
          }),
        ),
      ]);
      const records = Object.entries(await harness.records());
      const instances = records.filter(([key]) => key.startsWith("instance."));
      expect(instances.filter(([key]) => key.endsWith(".x"))).toHaveLength(1);
      const [, whole] = records.find(([key]) => key === "node.n") ?? [];
      for (const [, instance] of instances) expect(instance).toMatchObject({ Node: (whole as { Node: object }).Node });
    }
  });

  test("give no two services of a gateway the same slot, though both link them at the same time", async () => {
    await using harness = await Harness.start();
    await Promise.all([harness.replica("one"), harness.replica("two")]);
    const entries = await harness.configEntries();
    const Services = Array.from({ length: 100 }, (_, n) => ({ Name: `s${n}` }));
    const gateway = { Kind: "terminating-gateway", Name: "tgw", Services, CreateIndex: 0, ModifyIndex: 0 } as const;
    await harness.ask("catalog.reflect", { Revision: await entries.create("terminating-gateway", ["tgw"], gateway) });
    const slots = async () => {
      const records = Object.entries(await harness.records()).filter(([key]) => key.startsWith("gateway-service."));
      return records.map(([, record]) => (record as { readonly Slot: number }).Slot);
    };
    await eventually(async () => expect(new Set(await slots()).size).toBe(Services.length));
  });

  test("see at once what the other has acknowledged", async () => {
    await using harness = await Harness.start();
    await Promise.all([harness.replica("one"), harness.replica("two")]);
    for (let n = 0; n < 20; n++) {
      await harness.ask("catalog.register", service(n));
      await harness.ask("catalog.deregister", { Node: `node${n % 5}`, ServiceID: `web-${n}` });
    }
    expect((await harness.keys()).filter((key) => key.startsWith("instance."))).toEqual([]);
  });
});
