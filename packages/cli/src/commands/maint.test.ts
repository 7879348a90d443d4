import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runCommandLine } from "../program.ts";

const asked: string[] = [];
const agent = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const check = { Notes: "disk", Node: "n1", ServiceID: "" };
  const checks = {
    mem: { ...check, CheckID: "mem" },
    _node_maintenance: { ...check, CheckID: "_node_maintenance" },
    "_service_maintenance:web": { ...check, CheckID: "_service_maintenance:web", ServiceID: "web" },
  };
  response.end(request.method === "GET" ? JSON.stringify(checks) : "");
});
beforeAll(() => new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve)));
afterAll(() => void agent.close());
beforeEach(() => void asked.splice(0));

async function run(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const written: { out: string[]; err: string[] } = { out: [], err: [] };
  const { port } = agent.address() as AddressInfo;
  const status = await runCommandLine(["maint", `-http-addr=127.0.0.1:${port}`, ...args], {
    env: { NO_COLOR: "1" },
    out: (text) => void written.out.push(text),
    outBytes: () => undefined,
    err: (text) => void written.err.push(text),
    readStdin: async () => "",
    readStdinBytes: async () => new Uint8Array(),
  });
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
  expect(await run(...args)).toMatchObject({ status: 0, out });
  expect(asked).toEqual([sent]);
});

test.each([
  [["-enable", "-disable"], "Only one of -enable or -disable may be provided"],
  [["-disable", "-reason", "x"], "Reason may only be provided with -enable"],
  [["-service", "web"], "-service requires either -enable or -disable"],
] as const)("maint %j is refused before anything is asked", async (args, problem) => {
  const { status, err } = await run(...args);
  expect(status).toBe(1);
  expect(err).toContain(problem);
  expect(asked).toEqual([]);
});
