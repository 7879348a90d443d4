import { eventually, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

const DEFAULT_REASON =
  "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";

let plane: ControlPlane;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one");
  for (const Name of ["web", "api"]) await put("/v1/agent/service/register", { Name, Port: 80 });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const get = (path: string) => ask(agent.base, "GET", path);
const put = (path: string, body?: unknown) => ask(agent.base, "PUT", path, body);
const passing = async (service: string) =>
  ((await get(`/v1/health/service/${service}?passing`)).json as readonly unknown[]).length;

test.each([
  ["/v1/agent/maintenance", 400, "Missing value for enable"],
  ["/v1/agent/maintenance?enable=perhaps", 400, 'Invalid value for enable: "perhaps"'],
  ["/v1/agent/maintenance?enable", 400, 'Invalid value for enable: ""'],
  ["/v1/agent/service/maintenance/?enable=true", 400, "Missing service ID"],
  ["/v1/agent/service/maintenance/web", 400, "Missing value for enable"],
  ["/v1/agent/service/maintenance/nope?enable=true", 404, 'No service registered with ID "nope"'],
  ["/v1/agent/service/maintenance/nope?enable=false", 404, 'No service registered with ID "nope"'],
])("%s is refused", async (path, status, text) => {
  expect(await put(path)).toMatchObject({ status, text });
});

describe("a service in maintenance", () => {
  test("is healthy for nobody, and the others are as they were", async () => {
    await eventually(async () => expect(await passing("web")).toBe(1));
    expect((await put("/v1/agent/service/maintenance/web?enable=true")).status).toBe(200);
    await eventually(async () => expect(await passing("web")).toBe(0));
    expect(await passing("api")).toBe(1);
    expect((await get("/v1/agent/checks")).json).toMatchObject({
      "_service_maintenance:web": {
        Name: "Service Maintenance Mode",
        Status: "critical",
        Notes: DEFAULT_REASON,
        ServiceID: "web",
        ServiceName: "web",
        Type: "maintenance",
      },
    });
    const health = await get("/v1/agent/health/service/id/web");
    expect(health.status).toBe(503);
    expect(health.json).toMatchObject({ AggregatedStatus: "maintenance" });
  });

  test("keeps its first reason, also when it is registered again", async () => {
    await put("/v1/agent/service/maintenance/web?enable=true&reason=second");
    await put("/v1/agent/service/register?replace-existing-checks=true", { Name: "web", Port: 81 });
    expect((await get("/v1/agent/checks")).json).toMatchObject({
      "_service_maintenance:web": { Notes: DEFAULT_REASON },
    });
  });

  test("is healthy again at its end, which may be told twice", async () => {
    for (let time = 0; time < 2; time++) {
      expect((await put("/v1/agent/service/maintenance/web?enable=false")).status).toBe(200);
    }
    await eventually(async () => expect(await passing("web")).toBe(1));
  });
});

test("a node in maintenance takes all its services with it", async () => {
  await put("/v1/agent/maintenance?enable=true&reason=disk");
  await eventually(async () => expect([await passing("web"), await passing("api")]).toEqual([0, 0]));
  expect((await get("/v1/health/node/one")).json).toContainEqual(
    expect.objectContaining({ CheckID: "_node_maintenance", Name: "Node Maintenance Mode", Notes: "disk" }),
  );
  await put("/v1/agent/maintenance?enable=false");
  await eventually(async () => expect([await passing("web"), await passing("api")]).toEqual([1, 1]));
});

test("maintenance survives the agent", async () => {
  await using folder = await temporaryDirectory();
  const before = await plane.startAgent("kept", { CAUSEWAY_DATA_DIR: folder.path });
  await ask(before.base, "PUT", "/v1/agent/service/register", { Name: "kept", Port: 80 });
  await ask(before.base, "PUT", "/v1/agent/service/maintenance/kept?enable=true&reason=disk");
  await before.process.kill9();
  const after = await plane.startAgent("kept", { CAUSEWAY_DATA_DIR: folder.path });
  expect((await ask(after.base, "GET", "/v1/agent/checks")).json).toMatchObject({
    "_service_maintenance:kept": { Status: "critical", Notes: "disk" },
  });
});
