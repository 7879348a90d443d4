import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

const CAUSEWAY = fileURLToPath(new URL("../main.ts", import.meta.url));

test("without a handler it prints the value once", async () => {
  await using agent = await startStandIn(() => ({ body: { web: ["v1"], consul: [] } }));
  const { status, out } = await runHere(["watch", "-type=services", `-http-addr=${agent.address}`]);
  expect({ status, value: JSON.parse(out) }).toEqual({ status: 0, value: { web: ["v1"], consul: [] } });
  expect(out).toContain('\n    "web": [');
});

test.each([
  { args: ["-type=key"], err: "Must specify a single key to watch" },
  { args: ["-type=nodes", "-shell=maybe", "cat"], err: '-shell must be true or false, not "maybe"' },
  { args: ["-type=nodes"], err: expect.stringContaining("Error querying Consul agent: Unexpected response code: 500") },
])("watch $args is refused", async ({ args, err }) => {
  await using agent = await startStandIn(() => ({ status: 500, body: "no" }));
  const env = { CONSUL_HTTP_ADDR: agent.address };
  expect(await runHere(["watch", ...args], { env })).toEqual({ status: 1, out: "", err });
});

/** Starts a watch in a process of its own, over an agent whose key has a new value each time, up to three. */
async function startWatch(resources: AsyncDisposableStack, handler: readonly string[], shell = true) {
  const never = new Promise<never>(() => undefined);
  let turn = 0;
  const agent = resources.use(
    await startStandIn(() => {
      turn += 1;
      return turn > 3 ? never : { index: 10 + turn, body: [{ Key: "k", Value: `value ${turn}` }] };
    }),
  );
  const flags = ["-type=key", "-key=k", `-shell=${shell}`];
  const env = { CONSUL_HTTP_ADDR: agent.address, SHELL: "/bin/sh" };
  return resources.use(await spawnProcess(process.execPath, [CAUSEWAY, "watch", ...flags, ...handler], { env }));
}

test("a handler is run by a shell at each change, with the value on standard input and the index beside it", async () => {
  await using resources = new AsyncDisposableStack();
  const files = resources.use(await temporaryDirectory());
  const log = join(files.path, "log");
  const watching = await startWatch(resources, [`(cat; echo "at $CONSUL_INDEX") >> ${log}`]);
  const expected = [1, 2, 3].map((n) => `{"Key":"k","Value":"value ${n}"}\nat ${10 + n}\n`).join("");
  await eventually(async () => expect(await readFile(log, "utf8")).toBe(expected));
  expect(await watching.stop()).toEqual({ code: 0, signal: null });
});

test("a handler's own flags reach it as they were typed", async () => {
  await using resources = new AsyncDisposableStack();
  const files = resources.use(await temporaryDirectory());
  const script = await files.write("handler.sh", 'echo "$@"\nexit 3\n');
  const watching = await startWatch(resources, ["/bin/sh", script, "-token=x", "--", "-long flag"], false);
  expect(await watching.exited).toMatchObject({ code: 1 });
  expect(watching.lines.map(({ text }) => text)).toEqual([
    "-token=x -- -long flag",
    "Error executing handler: exit status 3",
  ]);
});

test("a handler that cannot be started is told", async () => {
  await using resources = new AsyncDisposableStack();
  const watching = await startWatch(resources, ["/nowhere/handler"], false);
  expect(await watching.exited).toMatchObject({ code: 1 });
  expect(watching.lines[0]?.text).toContain("Error starting handler: spawn /nowhere/handler ENOENT");
});

test("a handler need not read its standard input", async () => {
  await using resources = new AsyncDisposableStack();
  const watching = await startWatch(resources, ["exec <&-; echo ran"]);
  await eventually(() => expect(watching.lines.map(({ text }) => text)).toEqual(["ran", "ran", "ran"]));
  expect(await watching.stop()).toEqual({ code: 0, signal: null });
});

test("one that is told to end ends its handler, and that is no failure", async () => {
  await using resources = new AsyncDisposableStack();
  const watching = await startWatch(resources, ["/bin/sh", "-c", "echo started; exec sleep 600"], false);
  await watching.waitForLine((line) => line === "started");
  expect(await watching.stop()).toEqual({ code: 0, signal: null });
});
