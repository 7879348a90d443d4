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

const get = async (path: string) => (await ask(agent.base, "GET", path)).json;
const put = (path: string, body?: unknown) => ask(agent.base, "PUT", path, body);
/** Every change here is followed by a comparison of all. */
const change = (name: string) => put("/v1/agent/service/register", { Name: name });

/** The line of the agent's log in which `part` stands, which may be about to be written. */
const lineWith = (part: string) =>
  eventually(() => {
    const line = agent.process.lines.map(({ text }) => text).find((text) => text.includes(part));
    if (line === undefined) throw new Error(`no line with ${part}`);
    return line;
  });

test("what is not registered with the agent is taken from its node, and the log says loudly what to do", async () => {
  const { headers } = await put("/v1/catalog/register", {
    Node: "one",
    Address: "127.0.0.1",
    Service: { Service: "external", Port: 1 },
  });
  expect(headers.get("x-causeway-warning")).toContain("one");
  await change("a");
  await eventually(async () => expect(await get("/v1/catalog/service/external")).toEqual([]));
  const line = await lineWith('"remedy":');
  expect(JSON.parse(line)).toMatchObject({
    level: "warn",
    msg: "deregistered from the catalog what is not registered with this agent",
    node: "one",
    service: "external",
    remedy: expect.stringContaining("/v1/agent/service/register"),
  });
});

test("what is registered here is in the catalog when that is answered; what is deregistered is no reason to be loud", async () => {
  for (let again = 0; again < 10; again++) {
    await change("b");
    expect(await get("/v1/catalog/service/b")).toHaveLength(1);
    await put("/v1/agent/service/deregister/b");
    expect(await get("/v1/catalog/service/b")).toEqual([]);
  }
  expect(JSON.parse(await lineWith('"service":"b","msg":"deregistered'))).toMatchObject({ level: "info" });
});

test("tags that may be overridden are taken over from the catalog", async () => {
  const service = { Name: "tagged", Tags: ["ours"], EnableTagOverride: true };
  await put("/v1/agent/service/register", service);
  await eventually(async () => expect(await get("/v1/catalog/service/tagged")).toHaveLength(1));
  const Service = { ID: "tagged", Service: "tagged", Tags: ["theirs"], EnableTagOverride: true };
  await put("/v1/catalog/register", { Node: "one", Address: "127.0.0.1", SkipNodeUpdate: true, Service });
  await change("c");
  await eventually(async () => {
    expect(await get("/v1/agent/services")).toMatchObject({ tagged: { Tags: ["theirs"] } });
  });
  expect(await get("/v1/catalog/service/tagged")).toMatchObject([{ ServiceTags: ["theirs"] }]);
});

test("an output alone waits to be told, a status does not", async () => {
  await put("/v1/agent/check/register", { Name: "c", TTL: "10m", Status: "passing" });
  const inCatalog = () => get("/v1/health/node/one");
  await eventually(async () => expect(await inCatalog()).toContainEqual(expect.objectContaining({ CheckID: "c" })));
  await put("/v1/agent/check/pass/c?note=first");
  await change("d");
  await eventually(async () => expect(await get("/v1/catalog/service/d")).toHaveLength(1));
  expect(await inCatalog()).toContainEqual(expect.objectContaining({ CheckID: "c", Output: "" }));
  await put("/v1/agent/check/warn/c?note=second");
  await eventually(async () => {
    expect(await inCatalog()).toContainEqual(expect.objectContaining({ CheckID: "c", Output: "second" }));
  });
});
