import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

/** Five of these that are missed, and the agent has failed: soon, and not because the machine is busy. */
const BEATS = { CAUSEWAY_BEAT_INTERVAL_MS: "500" };
/** On a busy machine both agents may be late at once, which the catalog takes for the bus's fault for half a minute. */
const JUDGED = { timeoutMs: 90_000 };
const TWO = { ...BEATS, CAUSEWAY_NODE_ID: "22222222-2222-2222-2222-222222222222" };

let plane: ControlPlane;
let one: RunningAgent;

beforeAll(async () => {
  plane = await ControlPlane.start(["catalog", "config-entries", "intentions", "ca"]);
  one = await plane.startAgent("one", BEATS);
});
afterAll(() => plane[Symbol.asyncDispose]());

/** Starts the other agent, with a service on its node. */
async function startTwo(more: Readonly<Record<string, string>> = {}): Promise<RunningAgent> {
  const two = await plane.startAgent("two", { ...TWO, ...more });
  await ask(two.base, "PUT", "/v1/agent/service/register", { Name: "web", Port: 80 });
  return two;
}

async function memberStatus(name: string): Promise<number | undefined> {
  const { json } = await ask(one.base, "GET", "/v1/agent/members");
  return (json as { Name: string; Status: number }[]).find(({ Name }) => Name === name)?.Status;
}

const [ALIVE, LEFT, FAILED] = [1, 3, 4];
const passing = async () => (await ask(one.base, "GET", "/v1/health/service/web?passing")).json;
const get = async (path: string) => (await ask(one.base, "GET", path)).json;

test("kill -9 of an agent: its services are not passing and it has failed, until it is back", async () => {
  const two = await startTwo();
  await eventually(async () => expect(await passing()).toMatchObject([{ Service: { ID: "web" } }]));
  await ask(one.base, "PUT", "/v1/catalog/register", { Node: "ext", Address: "10.0.0.9", Service: { Service: "api" } });

  await two.process.kill9();
  await eventually(async () => expect(await passing()).toEqual([]), JUDGED);
  expect(await get("/v1/health/node/two")).toMatchObject([
    { CheckID: "serfHealth", Status: "critical", Output: "Agent not live or unreachable" },
  ]);
  expect(await memberStatus("two")).toBe(FAILED);
  await eventually(async () => expect(await memberStatus("one")).toBe(ALIVE));
  expect(await get("/v1/health/service/api?passing")).toMatchObject([{ Service: { ID: "api" } }]);

  const back = await startTwo();
  await eventually(async () => expect(await passing()).toMatchObject([{ Service: { ID: "web" } }]));
  await eventually(async () => expect(await memberStatus("two")).toBe(ALIVE));
  await back.process.kill9();
});

test("an agent that has failed is thrown out with its node, and pruning forgets it", async () => {
  await eventually(async () => expect(await memberStatus("two")).toBe(FAILED), JUDGED);
  expect(await get("/v1/catalog/node/two")).toMatchObject({ Node: { Node: "two" } });
  await ask(one.base, "PUT", "/v1/agent/force-leave/two");
  expect(await get("/v1/catalog/node/two")).toBeNull();
  expect(await memberStatus("two")).toBe(LEFT);
  await ask(one.base, "PUT", "/v1/agent/force-leave/two?prune");
  expect(await memberStatus("two")).toBeUndefined();
  expect(await ask(one.base, "PUT", "/v1/agent/force-leave/two")).toMatchObject({
    status: 500,
    text: "agent: No node found with name 'two'",
  });
});

test("an agent that is told to leaves on SIGTERM", async () => {
  const two = await startTwo({ CAUSEWAY_LEAVE_ON_TERMINATE: "true", CAUSEWAY_DRAIN_TIMEOUT_MS: "30000" });
  await eventually(async () => expect(await passing()).toMatchObject([{ Service: { ID: "web" } }]));
  await two.process.stop();
  await eventually(async () => expect(await memberStatus("two")).toBe(LEFT));
  expect(await get("/v1/catalog/service/web")).toEqual([]);
});

test("an agent that a client tells to leave has left when it answers, and ends", async () => {
  const two = await startTwo();
  await eventually(async () => expect(await passing()).toMatchObject([{ Service: { ID: "web" } }]));
  expect(await ask(two.base, "PUT", "/v1/agent/leave")).toMatchObject({ status: 200, text: "" });
  expect(await two.process.exited).toEqual({ code: 0, signal: null });
  await eventually(async () => expect(await memberStatus("two")).toBe(LEFT));
  expect(await get("/v1/catalog/service/web")).toEqual([]);
});

test("an agent that cannot leave says why, and ends all the same", async () => {
  const two = await startTwo();
  await plane.killOwner("catalog");
  expect(await ask(two.base, "PUT", "/v1/agent/leave")).toMatchObject({
    status: 500,
    text: expect.stringMatching(
      /^Not left: .*catalog.* The agent ends all the same, and its node will count as failed$/,
    ),
  });
  expect(await two.process.exited).toEqual({ code: 0, signal: null });
});
