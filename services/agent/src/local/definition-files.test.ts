import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryDirectory, temporaryDirectory } from "@causeway/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadDefinitionFiles } from "./definition-files.ts";
import { LocalState } from "./local-state.ts";
import { scriptsFromFiles } from "./scripts.ts";
import { serviceOf } from "./service-definition.ts";

let folder: TemporaryDirectory;
let state: LocalState;
beforeEach(async () => {
  folder = await temporaryDirectory();
  state = new LocalState();
});
afterEach(() => folder[Symbol.asyncDispose]());

const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
const load = (enableLocalScriptChecks = false) =>
  loadDefinitionFiles({
    paths: [folder.path],
    state,
    node: "n1",
    scripts: scriptsFromFiles({ enableScriptChecks: false, enableLocalScriptChecks }),
  });
const ids = () => [...state.services.keys()].sort();

test("services come with their sidecars and checks, and each sidecar with a port of its own", async () => {
  await write("a.hcl", 'service { name = "a" port = 1 connect { sidecar_service {} } }');
  await write("b.hcl", 'service { name = "b" port = 2 check { ttl = "1s" } connect { sidecar_service {} } }');
  await write("c.hcl", 'check { name = "disk" ttl = "1m" }\ncheck { name = "b2" ttl = "1m" service_id = "b" }');
  expect(await load()).toEqual({ services: 4, checks: 7 });
  expect(ids()).toEqual(["a", "a-sidecar-proxy", "b", "b-sidecar-proxy"]);
  expect(state.services.get("a-sidecar-proxy")?.Port).toBe(21_000);
  expect(state.services.get("b-sidecar-proxy")?.Port).toBe(21_001);
  expect(state.checks.get("b2")?.check).toMatchObject({ ServiceID: "b", ServiceName: "b" });
});

describe("read again", () => {
  test("what has left the files is gone, what was registered otherwise stays, and results are kept", async () => {
    await write("a.hcl", 'service { name = "a" check { ttl = "1m" } }');
    await write("b.hcl", 'service { name = "b" connect { sidecar_service {} } }');
    state.register([serviceOf({ Name: "http" })], [], false);
    await load();
    state.setResult("service:a", "passing", "well");
    await rm(join(folder.path, "b.hcl"));
    await load();
    expect(ids()).toEqual(["a", "http"]);
    expect([...state.checks.keys()]).toEqual(["service:a"]);
    expect(state.checks.get("service:a")?.check).toMatchObject({ Status: "passing", Output: "well" });
  });

  test("what was registered over HTTP since then is not taken for the files'", async () => {
    await write("a.hcl", 'service { name = "a" }');
    await load();
    state.register([serviceOf({ Name: "a", Port: 9 })], [], false);
    await rm(join(folder.path, "a.hcl"));
    await load();
    expect(state.services.get("a")?.Port).toBe(9);
  });

  test.each([
    ["a bad key", 'service { name = "b" prot = 1 }', "invalid config key service.prot"],
    ["no HCL", "service {", "bad.hcl:1:"],
    ["a bad service", "service { port = 1 }", 'bad.hcl: Failed to register service "": Missing service name'],
    ["a check of nothing", 'check { name = "c" ttl = "1s" service_id = "x" }', 'ServiceID "x" does not exist'],
    [
      "a program",
      'check { name = "c" args = ["true"] interval = "1s" }',
      "Scripts are disabled on this agent; to enable",
    ],
  ])("%s changes nothing and is told with its file", async (_, text, problem) => {
    await write("a.hcl", 'service { name = "a" port = 1 }');
    await load();
    await write("a.hcl", 'service { name = "a" port = 2 }');
    await write("bad.hcl", text);
    await expect(load()).rejects.toThrow(problem);
    await expect(load()).rejects.toThrow("bad.hcl");
    expect(ids()).toEqual(["a"]);
    expect(state.services.get("a")?.Port).toBe(1);
  });
});

test("a program may be run where that is allowed", async () => {
  await write("a.hcl", 'check { name = "c" args = ["true"] interval = "1s" }');
  await load(true);
  expect(state.checks.get("c")?.method.kind).toBe("script");
});
