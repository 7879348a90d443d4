import { expect, test } from "vitest";
import { Harness, type Replica } from "./harness.ts";

const instance = (n: number) => ({ Node: "big", Address: "10.0.0.1", Service: { Service: "web", ID: `web-${n}` } });

async function grow(harness: Harness, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 200) {
    const batch = Array.from({ length: Math.min(200, to - at) }, (_, n) => at + n);
    await Promise.all(batch.map((n) => harness.ask("catalog.register", instance(n))));
  }
}

/**
 * How many messages a catalog sends to the server, its answer included, for each thing that `work` asks of it. The least of several: a
 * ping or a flow-control message may come in between.
 */
async function messagesFor({ bus }: Replica, work: (n: number) => Promise<unknown>): Promise<number> {
  const counts: number[] = [];
  for (let n = 0; n < 5; n++) {
    const before = bus.connection.stats().outMsgs;
    await work(n);
    counts.push(bus.connection.stats().outMsgs - before);
  }
  return Math.min(...counts);
}

test("one registration costs the same among 10,000 instances on its node as among 10", async () => {
  await using harness = await Harness.start();
  const replica = await harness.replica();
  const costs = async (first: number) => ({
    registration: await messagesFor(replica, (n) => harness.ask("catalog.register", instance(first + n))),
    nothingNew: await messagesFor(replica, () => harness.ask("catalog.register", instance(1))),
    deregistration: await messagesFor(replica, (n) =>
      harness.ask("catalog.deregister", { Node: "big", ServiceID: `web-${first + n}` }),
    ),
    // What is left of those that are gone is not in the way.
    registrationAgain: await messagesFor(replica, (n) => harness.ask("catalog.register", instance(first + n))),
  });

  await grow(harness, 0, 10);
  const among10 = await costs(100_000);
  await grow(harness, 10, 10_000);
  const among10000 = await costs(200_000);

  // A write and the answer; where nothing is to be written, a question how far the bucket is instead.
  expect(among10).toEqual({ registration: 2, nothingNew: 2, deregistration: 2, registrationAgain: 2 });
  expect(among10000).toEqual(among10);
}, 240_000);
