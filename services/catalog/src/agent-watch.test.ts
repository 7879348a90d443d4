import type { AgentBeat, AgentRecord } from "@causeway/model";
import type { Clock } from "@causeway/runtime";
import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { watchAgents } from "./agent-watch.ts";
import type { Member } from "./members.ts";

const GRACE_MS = 30_000;
const BEAT_MS = 1_000;
const DAY_MS = 86_400_000;

/** A catalog with agents of these UUIDs, and what it is told of them. */
function watching(...ids: readonly string[]) {
  const clock = new FakeClock();
  let lateMs = 0;
  const lateClock: Clock = {
    now: () => clock.now(),
    setTimer: (ms, work) => clock.setTimer(ms, work),
    sleep: (ms, signal) => clock.sleep(ms + lateMs, signal),
  };
  const ended = new AbortController();
  const status = new Map<string, Member["status"]>(ids.map((id) => [id, "alive"]));
  const gone: AgentRecord[] = [];
  const told: string[] = [];
  let heard: (beat: AgentBeat) => void = () => {};
  let reconnected = () => {};
  let confirm = async () => {};
  const memberOf = (id: string): Member | undefined => {
    const of = status.get(id);
    const node = { ID: id, Node: id, Address: "", Datacenter: "dc1", TaggedAddresses: null, Meta: null };
    const record = { Node: { ...node, CreateIndex: 0, ModifyIndex: 0 }, Checks: [] };
    return of === undefined ? undefined : { node: { value: record, revision: 1 }, status: of };
  };
  watchAgents({
    beats: {
      hear: (listener) => {
        heard = listener;
      },
      onReconnect: (listener) => {
        reconnected = listener;
        return () => {};
      },
      confirm: () => confirm(),
    },
    members: {
      all: () => [...status.keys()].flatMap((id) => memberOf(id) ?? []),
      isAlive: (id) => status.get(id) !== "failed",
      gone: () => gone,
    },
    membership: {
      heard: async (id) => {
        told.push(`${id} alive`);
        status.set(id, "alive");
      },
      failed: async (id, stillSilent) => {
        if (!stillSilent()) return;
        told.push(`${id} failed`);
        status.set(id, "failed");
      },
      reap: async (record) => {
        told.push(`${record.Node} reaped`);
        gone.splice(gone.indexOf(record), 1);
      },
    },
    clock: lateClock,
    log: { info: () => {}, warn: () => {} },
    graceMs: GRACE_MS,
    reconnectTimeoutMs: 3 * DAY_MS,
    signal: ended.signal,
  });
  const beat = (...who: readonly string[]) => {
    for (const ID of who) heard({ ID, IntervalMs: BEAT_MS });
  };
  /** Lets time pass in which these beat. */
  const pass = async (ms: number, ...who: readonly string[]) => {
    for (let passed = 0; passed < ms; passed += BEAT_MS) {
      beat(...who);
      await clock.advance(BEAT_MS);
    }
  };
  return {
    clock,
    told,
    gone,
    beat,
    pass,
    reconnected: () => reconnected(),
    /** Has the process run so much too late from now on. */
    lateBy: (ms: number) => {
      lateMs = ms;
    },
    end: () => ended.abort(),
    confirmBy: (work: () => Promise<void>) => {
      confirm = work;
    },
  };
}

test("an agent that falls silent has failed once, and is alive again with its next beat", async () => {
  const { beat, told, pass } = watching("a", "b");
  await pass(10_000, "a", "b");
  await pass(4_000, "b");
  expect(told).toEqual([]);
  await pass(10_000, "b");
  expect(told).toEqual(["a failed"]);
  beat("a");
  expect(told).toEqual(["a failed", "a alive"]);
  await pass(3_000, "a", "b");
  expect(told).toEqual(["a failed", "a alive"]);
});

test("an agent whose beat had been sent and not read yet is alive", async () => {
  const { beat, confirmBy, told, pass } = watching("a");
  beat("a");
  confirmBy(async () => beat("a"));
  await pass(60_000);
  expect(told).toEqual([]);
});

test("nobody has failed while the bus cannot say what was sent", async () => {
  const { beat, confirmBy, told, pass } = watching("a");
  beat("a");
  confirmBy(() => Promise.reject(new Error("away")));
  await pass(60_000);
  expect(told).toEqual([]);
  confirmBy(async () => {});
  await pass(1_000);
  expect(told).toEqual(["a failed"]);
});

test("a time in which this process was stopped counts for nobody", async () => {
  const { lateBy, told, pass, clock } = watching("a");
  await pass(4_000, "a");
  lateBy(60_000);
  await clock.advance(500);
  lateBy(0);
  await clock.advance(60_500);
  expect(told).toEqual([]);
  await pass(3_000);
  expect(told).toEqual([]);
  await pass(1_000);
  expect(told).toEqual(["a failed"]);
});

test("after a reconnection every agent has the grace", async () => {
  const { beat, told, pass, reconnected } = watching("a", "b");
  beat("a", "b");
  await pass(4_000);
  reconnected();
  await pass(GRACE_MS);
  expect(told).toEqual([]);
  await pass(2_000);
  expect(told).toEqual(["a failed", "b failed"]);
});

test("an agent that joined before this catalog started, and is heard by no means, has failed after the grace", async () => {
  const { told, pass } = watching("a", "b");
  await pass(GRACE_MS, "b");
  expect(told).toEqual([]);
  await pass(2_000, "b");
  expect(told).toEqual(["a failed"]);
});

test("nothing is judged or taken away when it has ended", async () => {
  const { beat, told, pass, end, clock } = watching("a");
  beat("a");
  await pass(BEAT_MS);
  end();
  await pass(60_000);
  expect(told).toEqual([]);
  expect(clock.waiting).toBe(0);
});

test("what has been gone for three days is taken away", async () => {
  const { clock, told, pass, gone } = watching();
  const agent = { ID: "a", Address: "10.0.0.1" };
  gone.push({ ...agent, Node: "old", Status: "failed", SinceMs: clock.now() - 3 * DAY_MS });
  gone.push({ ...agent, Node: "new", Status: "left", SinceMs: clock.now() });
  await pass(20_000);
  expect(told).toEqual(["old reaped"]);
});
