import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type TemporaryDirectory, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let folder: TemporaryDirectory;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  folder = await temporaryDirectory();
  await write("web.hcl", 'node_name = "one"\nservice { name = "web" port = 80 }');
  agent = await start();
});
afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
const start = () =>
  plane.startAgent("one", { CAUSEWAY_CONFIG_DIR: folder.path, CAUSEWAY_DATA_DIR: join(folder.path, "data") });
const services = async () => Object.keys((await ask(agent.base, "GET", "/v1/agent/services")).json as object).sort();
const reload = () => ask(agent.base, "PUT", "/v1/agent/reload");

test("what files define is registered at the start, in the catalog too", async () => {
  expect(await services()).toEqual(["web"]);
  await eventually(async () => {
    const seen = await ask(agent.base, "GET", "/v1/catalog/service/web");
    expect(seen.json).toMatchObject([{ ServicePort: 80 }]);
  });
});

test("a reload follows the files; what was registered over HTTP stays", async () => {
  await ask(agent.base, "PUT", "/v1/agent/service/register", { Name: "http" });
  await write("web.hcl", 'service { name = "api" }');
  expect(await reload()).toMatchObject({ status: 200, text: "" });
  expect(await services()).toEqual(["api", "http"]);
  await eventually(async () => {
    expect((await ask(agent.base, "GET", "/v1/catalog/service/web")).json).toEqual([]);
  });
});

test("a bad file refuses the reload and changes nothing", async () => {
  await write("bad.json", '{ "service": { "name": "new", "prot": 1 } }');
  await write("web.hcl", 'service { name = "other" }');
  const { status, text } = await reload();
  expect(status).toBe(500);
  expect(text).toContain(`Error parsing ${join(folder.path, "bad.json")}`);
  expect(text).toContain("invalid config key service.prot");
  expect(await services()).toEqual(["api", "http"]);
  agent.process.signal("SIGHUP");
  await eventually(() => {
    expect(agent.process.lines.some(({ text: line }) => line.includes("files not read"))).toBe(true);
  });
  expect(await services()).toEqual(["api", "http"]);
});

test("SIGHUP reloads as well", async () => {
  await rm(join(folder.path, "bad.json"));
  agent.process.signal("SIGHUP");
  await eventually(async () => expect(await services()).toEqual(["http", "other"]));
});

test("after a restart files say what they say, and the rest is as it was", async () => {
  const definition = 'service { name = "changed" check { id = "beat" ttl = "10m" } }';
  await write("web.hcl", definition);
  await reload();
  await ask(agent.base, "PUT", "/v1/agent/check/pass/beat?note=well");
  await agent.process.kill9();
  await write("web.hcl", `${definition}\nservice { name = "more" }`);
  agent = await start();
  expect(await services()).toEqual(["changed", "http", "more"]);
  expect((await ask(agent.base, "GET", "/v1/agent/checks")).json).toMatchObject({
    beat: { Status: "passing", Output: "well", ServiceName: "changed" },
  });
});
