import { expect, test } from "vitest";
import { type StandInAnswer, startStandIn } from "../test/run-here.ts";
import { AgentClient } from "./agent-client.ts";
import { type Watched, watch } from "./watch.ts";
import { type WatchRequest, watchPlan } from "./watch-plan.ts";

const KEY: WatchRequest = { type: "key", key: "k" };

/** Watches a key while the stand-in gives these answers, one after the other, until as many values as wanted have come. */
async function follow(answers: readonly StandInAnswer[], wanted: number, request: WatchRequest = KEY) {
  let turn = 0;
  await using agent = await startStandIn(() => answers[turn++] ?? answers.at(-1) ?? {});
  const stop = new AbortController();
  const failures: string[] = [];
  const failed = (error: Error, againInMs: number) => void failures.push(`${againInMs}: ${error.message}`);
  const client = new AgentClient({ httpAddr: agent.address }, {});
  const values: Watched[] = [];
  const plan = watchPlan(request);
  for await (const value of watch(plan, { agent: client, signal: stop.signal, failed, retryMs: 1 })) {
    values.push(value);
    if (values.length === wanted) break;
  }
  return { values, failures, asked: agent.asked.map(({ request }) => request.replace("GET /v1/kv/k", "")) };
}

const pair = (Value: string) => JSON.stringify([{ Key: "k", Flags: 0, Value }]);
const value = (Value: string) => expect.objectContaining({ Key: "k", Value });

test("gives the value as it is and whenever it is another, by blocking queries", async () => {
  const answers = [
    { index: 7, body: pair("a") },
    { index: 9, body: pair("a") },
    { index: 11, body: pair("b") },
  ];
  const { values, asked } = await follow(answers, 2);
  expect(values).toEqual([
    { index: 7, value: value("a") },
    { index: 11, value: value("b") },
  ]);
  expect(asked).toEqual(["", "?index=7", "?index=9"]);
});

test("what is not there is null, until it is", async () => {
  const { values } = await follow(
    [
      { status: 404, index: 3 },
      { index: 4, body: pair("a") },
    ],
    2,
  );
  expect(values).toEqual([
    { index: 3, value: null },
    { index: 4, value: value("a") },
  ]);
});

test("an index that goes back counts from anew", async () => {
  const answers = [
    { index: 50, body: pair("a") },
    { index: 2, body: pair("a") },
    { index: 3, body: pair("b") },
  ];
  expect((await follow(answers, 2)).asked).toEqual(["", "?index=50", "?index=0"]);
});

test("a failure is told and tried again, later each time", async () => {
  const broken = { status: 500, body: "No cluster leader" };
  const answers = [{ index: 1, body: pair("a") }, broken, broken, { index: 2, body: pair("b") }];
  const { values, failures } = await follow(answers, 2);
  expect(values).toHaveLength(2);
  expect(failures).toEqual([1, 2].map((ms) => `${ms}: Unexpected response code: 500 (No cluster leader)`));
});

test("a failure at the start is thrown", async () => {
  await expect(follow([{ status: 403, body: "Permission denied" }], 1)).rejects.toThrow("403 (Permission denied)");
});

test("numbers keep all their digits", async () => {
  const { values } = await follow([{ body: '[{"Key":"k","Flags":18446744073709551615,"Value":null}]' }], 1);
  expect(JSON.stringify(values[0]?.value)).toBe('{"Key":"k","Flags":18446744073709551615,"Value":null}');
});

test("of events each is told once", async () => {
  const events = (...ids: readonly string[]) => JSON.stringify(ids.map((ID) => ({ ID, Name: "deploy" })));
  const { values } = await follow(
    [
      { index: 2, body: events("a") },
      { index: 4, body: events("a", "b", "c") },
      { index: 5, body: events("b", "c", "d") },
    ],
    3,
    { type: "event" },
  );
  const ids = values.map(({ value: told }) => (told as { ID: string }[]).map(({ ID }) => ID));
  expect(ids).toEqual([["a"], ["b", "c"], ["d"]]);
});

test("a service of the agent is asked for by its digest", async () => {
  const { asked } = await follow(
    [
      { hash: "1f", body: '{"Port":1}' },
      { hash: "2e", body: '{"Port":2}' },
    ],
    2,
    { type: "agent_service", service: "web" },
  );
  expect(asked).toEqual(["GET /v1/agent/service/web", "GET /v1/agent/service/web?hash=1f"]);
});
