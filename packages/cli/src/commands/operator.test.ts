import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runCommandLine } from "../program.ts";

const asked: string[] = [];
let refused = "";
const agent = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const check = { Notes: "disk", Node: "n1", ServiceID: "" };
  const checks = {
    mem: { ...check, CheckID: "mem" },
    _node_maintenance: { ...check, CheckID: "_node_maintenance" },
    "_service_maintenance:web": { ...check, CheckID: "_service_maintenance:web", ServiceID: "web" },
  };
  if (request.url?.startsWith("/v1/agent/monitor")) response.end("one\ntwo\n");
  else if (request.url === "/v1/agent/reload") response.writeHead(refused === "" ? 200 : 500).end(refused);
  else response.end(request.method === "GET" ? JSON.stringify(checks) : "");
});
beforeAll(() => new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve)));
afterAll(() => void agent.close());
beforeEach(() => void asked.splice(0));

async function run(verb: string, ...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const written: { out: string[]; err: string[] } = { out: [], err: [] };
  const { port } = agent.address() as AddressInfo;
  const status = await runCommandLine(
    [verb, ...(verb === "validate" ? [] : [`-http-addr=127.0.0.1:${port}`]), ...args],
    {
      env: { NO_COLOR: "1" },
      out: (text) => void written.out.push(text),
      outBytes: () => undefined,
      err: (text) => void written.err.push(text),
      readStdin: async () => "",
      readStdinBytes: async () => new Uint8Array(),
    },
  );
  return { status, out: written.out.join("\n"), err: written.err.join("\n") };
}

test.each([
  {
    args: ["-enable", "-reason", "new disk"],
    sent: "PUT /v1/agent/maintenance?enable=true&reason=new+disk",
    out: "Node maintenance is now enabled",
  },
  { args: ["-disable"], sent: "PUT /v1/agent/maintenance?enable=false", out: "Node maintenance is now disabled" },
  {
    args: ["-enable", "-service=web/1"],
    sent: "PUT /v1/agent/service/maintenance/web%2F1?enable=true",
    out: 'Service maintenance is now enabled for "web/1"',
  },
  {
    args: [],
    sent: "GET /v1/agent/checks",
    out: "Node:\n  Name:   n1\n  Reason: disk\n\nService:\n  ID:     web\n  Reason: disk\n",
  },
])("maint $args asks for what is meant", async ({ args, sent, out }) => {
  expect(await run("maint", ...args)).toMatchObject({ status: 0, out });
  expect(asked).toEqual([sent]);
});

test.each([
  [["-enable", "-disable"], "Only one of -enable or -disable may be provided"],
  [["-disable", "-reason", "x"], "Reason may only be provided with -enable"],
  [["-service", "web"], "-service requires either -enable or -disable"],
] as const)("maint %j is refused before anything is asked", async (args, problem) => {
  const { status, err } = await run("maint", ...args);
  expect(status).toBe(1);
  expect(err).toContain(problem);
  expect(asked).toEqual([]);
});

test("monitor writes the lines that come, at the level that was asked for", async () => {
  expect(await run("monitor", "-log-level=debug", "-log-json")).toMatchObject({ status: 0, out: "one\ntwo" });
  expect(asked).toEqual(["GET /v1/agent/monitor?loglevel=debug&logjson="]);
});

test("reload says that it was done, or why not", async () => {
  expect(await run("reload")).toMatchObject({ status: 0, out: "Configuration reload triggered" });
  refused = "web.hcl: bad";
  const { status, err } = await run("reload");
  expect(status).toBe(1);
  expect(err).toContain("Error reloading: Unexpected response code: 500 (web.hcl: bad)");
});

test("validate looks at files without asking anyone", async () => {
  await using folder = await temporaryDirectory();
  await writeFile(join(folder.path, "web.hcl"), 'service { name = "web" check { tcp = "web:1" interval = "1s" } }');
  expect(await run("validate", folder.path)).toMatchObject({ status: 0, out: "Configuration is valid!" });
  expect(await run("validate", "-quiet", folder.path)).toMatchObject({ status: 0, out: "" });
  const bad = join(folder.path, "bad.hcl");
  await writeFile(bad, 'service { name = "web" check { tcp = "web:1" } }');
  const { status, err } = await run("validate", folder.path);
  expect(status).toBe(1);
  expect(err).toContain(`Config validation failed: ${bad}: service "web": Invalid check: Interval must be > 0`);
  expect(await run("validate")).toMatchObject({ status: 1 });
  expect(asked).toEqual([]);
});
