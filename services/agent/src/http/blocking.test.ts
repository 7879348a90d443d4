import { FakeClock } from "@causeway/runtime/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { Topics } from "../views/topics.ts";
import { type BlockingOptions, blockingQuery, type Indexed } from "./blocking.ts";

let topics: Topics;
let clock: FakeClock;
let value: string;
let client: ReturnType<typeof leaving>;

/** A client that can leave. */
function leaving() {
  const listeners: (() => void)[] = [];
  const client = {
    gone: false,
    whenGone: (listener: () => void) => void listeners.push(listener),
    leave: () => {
      client.gone = true;
      for (const listener of listeners) listener();
    },
  };
  return client;
}

beforeEach(() => {
  topics = new Topics();
  topics.changed("web", 5);
  clock = new FakeClock();
  value = "old";
  client = leaving();
});

/** A query for the topic `web`, and its answer once it has one. */
function ask(minIndex: number, options: Partial<BlockingOptions> = {}) {
  const asked: { answer?: Indexed<string> } = {};
  const read = () => ({ topics: ["web"], value });
  const base = { minIndex, waitMs: 1_000, clock, client, random: () => 0 };
  void blockingQuery(topics, read, { ...base, ...options }).then((answer) => {
    asked.answer = answer;
  });
  return asked;
}

describe("a query", () => {
  test.each([0, 1, 4])("that knows index %i of 5 is answered at once", async (known) => {
    const asked = ask(known);
    await clock.advance(0);
    expect(asked.answer).toEqual({ index: 5, value: "old" });
  });

  test("that knows the last index waits for a change of what it asks for", async () => {
    const asked = ask(5);
    await clock.advance(500);
    topics.changed("db", 6);
    await clock.advance(0);
    expect(asked.answer).toBeUndefined();
    value = "new";
    topics.changed("web", 7);
    await clock.advance(0);
    expect(asked.answer).toEqual({ index: 7, value: "new" });
  });

  test("that found nothing yet is woken by the first revision of all", async () => {
    topics = new Topics();
    const asked = ask(1);
    await clock.advance(500);
    expect(asked.answer).toBeUndefined();
    value = "first";
    topics.changed("web", 1);
    await clock.advance(0);
    expect(asked.answer).toEqual({ index: 1, value: "first" });
  });

  test("is answered with what it knows when its time is up", async () => {
    const asked = ask(5);
    await clock.advance(999);
    expect(asked.answer).toBeUndefined();
    await clock.advance(1);
    expect(asked.answer).toEqual({ index: 5, value: "old" });
  });

  test("waits up to a sixteenth longer than it was told, so that not all end at once", async () => {
    const asked = ask(5, { random: () => 0.999 });
    await clock.advance(1_062);
    expect(asked.answer).toBeUndefined();
    await clock.advance(1);
    expect(asked.answer).toBeDefined();
  });

  test("for an index that is still to come waits on when a change does not reach it", async () => {
    const asked = ask(100);
    topics.changed("web", 6);
    await clock.advance(999);
    expect(asked.answer).toBeUndefined();
    await clock.advance(1);
    expect(asked.answer?.index).toBe(6);
  });

  test("ends when the client has gone", async () => {
    const asked = ask(5);
    client.leave();
    await clock.advance(0);
    expect(asked.answer).toBeDefined();
  });

  test("ends when the agent does", async () => {
    const asked = ask(5);
    topics.close();
    await clock.advance(0);
    expect(asked.answer?.index).toBe(5);
    expect(topics.waiting).toBe(0);
  });

  test("leaves nothing behind, however it ends", async () => {
    ask(5);
    ask(5, { waitMs: 10 });
    const gone = leaving();
    ask(5, { client: gone });
    expect(topics.waiting).toBe(3);
    gone.leave();
    await clock.advance(10);
    topics.changed("web", 6);
    await clock.advance(0);
    expect(topics.waiting).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test("follows the topics of each new reading", async () => {
    let concerned = ["web"];
    const answers: Indexed<string>[] = [];
    const options = { minIndex: 50, waitMs: 1_000, clock, client, random: () => 0 };
    void blockingQuery(topics, () => ({ topics: concerned, value }), options).then((answer) => answers.push(answer));
    concerned = ["web", "gateway"];
    topics.changed("web", 6);
    await clock.advance(0);
    topics.changed("gateway", 51);
    await clock.advance(0);
    expect(answers).toEqual([{ index: 51, value: "old" }]);
  });
});

test("five thousand waiting queries cost a change nothing that concerns none of them", async () => {
  for (let at = 0; at < 5_000; at++) {
    const read = () => ({ topics: [`service:${at}`], value: at });
    void blockingQuery(topics, read, { minIndex: 5, waitMs: 60_000, clock, client });
  }
  let woken = 0;
  topics.subscribe(["service:7"], () => woken++);
  topics.changed("service:other", 6);
  expect(topics.waiting).toBe(5_001);
  topics.changed("service:7", 7);
  await clock.advance(0);
  expect(woken).toBe(1);
  expect(topics.waiting).toBe(5_000);
});
