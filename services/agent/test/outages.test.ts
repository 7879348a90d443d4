import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one");
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const register = (port: number) =>
  ask(agent.base, "PUT", "/v1/catalog/register", {
    Node: "n",
    Address: "10.0.0.1",
    Service: { Service: "web", Port: port },
  });
const read = () => ask(agent.base, "GET", "/v1/catalog/service/web");

test("while a service is down reads go on, writes say so, and the log says what to do", async () => {
  await register(1);
  await plane.killOwner("catalog");
  // Until NATS knows that it has been killed, a request may be handed to it and has no answer.
  await eventually(async () => expect(await register(2)).toMatchObject({ status: 500, text: "No cluster leader" }));
  await agent.process.waitForLine((text) => text.includes("is it running and connected to this NATS server?"));
  expect((await read()).json).toMatchObject([{ ServicePort: 1 }]);
  await plane.startOwner("catalog");
  expect((await register(3)).json).toBe(true);
  expect((await read()).json).toMatchObject([{ ServicePort: 3 }]);
});

test("while NATS is down reads go on; when it is back, nothing is lost and no index goes backwards", async () => {
  await register(4);
  const before = await read();
  await plane.nats.kill();
  expect((await read()).json).toEqual(before.json);
  await plane.nats.restart();
  await eventually(async () => expect((await register(5)).json).toBe(true));
  const after = await read();
  expect(after.json).toMatchObject([{ ServicePort: 5 }]);
  expect(after.index).toBeGreaterThan(before.index);
});

test("an agent ends although long polls wait, and answers each of them", async () => {
  const short = await plane.startAgent("short");
  const { index } = await ask(short.base, "GET", "/v1/catalog/service/web");
  const poll = ask(short.base, "GET", `/v1/catalog/service/web?index=${index}&wait=60s`);
  await ask(short.base, "GET", "/v1/status/leader");
  short.process.signal("SIGTERM");
  expect((await poll).status).toBe(200);
  expect(await short.process.exited).toEqual({ code: 0, signal: null });
});
