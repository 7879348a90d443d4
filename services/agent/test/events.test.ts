import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let one: RunningAgent;
let two: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  [one, two] = await Promise.all([plane.startAgent("one"), plane.startAgent("two")]);
  await ask(two.base, "PUT", "/v1/agent/service/register", { Name: "web", Tags: ["blue"] });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const fire = (path: string, payload = "") => ask(one.base, "PUT", `/v1/event/fire/${path}`, payload);
const list = (agent: RunningAgent, query = "") => ask(agent.base, "GET", `/v1/event/list?${query}`);
const names = async (agent: RunningAgent) => ((await list(agent)).json as { Name: string }[]).map(({ Name }) => Name);

test("an event reaches every agent that it is meant for, in order", async () => {
  const fired = await fire("deploy", "1.2.3");
  const event = { Name: "deploy", Payload: "MS4yLjM=", NodeFilter: "", ServiceFilter: "", TagFilter: "", Version: 1 };
  expect(fired).toMatchObject({ status: 200, json: { ...event, LTime: 0 } });
  await fire("to-one?node=^o");
  await fire("to-web?service=web&tag=blue");
  await fire("to-nobody?service=web&tag=green");
  await fire("last");
  await eventually(async () => expect(await names(one)).toEqual(["deploy", "to-one", "last"]));
  await eventually(async () => expect(await names(two)).toEqual(["deploy", "to-web", "last"]));
  const { ID } = fired.json as { ID: string };
  expect((await list(two)).json).toMatchObject([{ ...event, ID, LTime: 2 }, { Payload: null }, {}]);
});

test("whoever waits for a name is woken by that, and by no other", async () => {
  const { index } = await list(two, "name=wanted");
  const wait = list(two, `name=wanted&index=${index}&wait=30s`);
  let woken = false;
  void wait.then(() => {
    woken = true;
  });
  await fire("other");
  await eventually(async () => expect(await names(two)).toContain("other"));
  expect(woken).toBe(false);
  await fire("wanted");
  const answer = await wait;
  expect(answer.json).toMatchObject([{ Name: "wanted" }]);
  expect(answer.index).toBeGreaterThan(index);
});

test.each([
  ["", "", 400, "Missing name"],
  ["a?tag=t", "", 500, "Cannot provide tag filter without service filter"],
  ["a?node=(", "", 500, /^Invalid node filter: error parsing regexp: missing closing \)/],
  ["a", "x".repeat(512), 500, "user event exceeds configured limit of 512 bytes before encoding"],
] as const)("PUT /v1/event/fire/%s with %s is refused with %i", async (path, payload, status, text) => {
  const refused = await fire(path, payload);
  expect(refused.status).toBe(status);
  expect(refused.text).toMatch(text);
});
