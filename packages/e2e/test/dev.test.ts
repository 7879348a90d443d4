import { randomUUID } from "node:crypto";
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type SpawnedProcess, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { AgentApi, CAUSEWAY, processesOf, reservePort, runCauseway, START_UP_MS } from "../src/index.ts";

/** A whole demo has to start, be tried and end. */
const TEST_MS = 4 * START_UP_MS;

/** Starts `causeway dev` with its state in `folder`. */
function dev(folder: string, ...args: readonly string[]): Promise<SpawnedProcess> {
  // What a killed dev leaves in the folder for temporary files goes with the test.
  const env = { CAUSEWAY_NATS_URL: undefined, TMPDIR: folder };
  return spawnProcess(process.execPath, [CAUSEWAY, "dev", "--data-dir", folder, ...args], { env });
}

/** Resolves when no process of a mesh runs any more: what guards its processes needs a moment to see that they are gone. */
function nothingLeft(folder: string): Promise<void> {
  return eventually(async () => expect(await processesOf(folder)).toEqual([]));
}

/** What is tried within the first datacenter. */
const WITHIN = [
  "web → billing, over plain HTTP",
  "web → legacy-db, by host name",
  "report → billing",
  "web → legacy-db, denied while open",
  "web → legacy-db, allowed again",
];

/** What is tried between two datacenters, and how it must have gone. */
const ACROSS = [
  "web → api in dc2, mode local +answered; dc1/mesh-gateway and dc2/mesh-gateway carried it",
  "web → api in dc2, mode remote +answered; dc2/mesh-gateway carried it",
  "web → orders-db outside dc2 +answered .*; dc1/mesh-gateway, dc2/mesh-gateway, and dc2/dc2-gateway carried it",
  "report → orders-db outside dc2 +denied; dc2/dc2-gateway says: .* deny by the intention ",
  "causeway connect upstreams +api in dc2: mode local, set by the upstream itself",
];

/** Who has a token of its own in the demo with ACLs, beside whoever makes tokens. */
const HOLDERS = ["agent", "demo-gateway", "mesh-gateway", "operator", "registrar", "report", "web"].map(
  (who) => `dc1/${who}`,
);
const HOLDERS_THERE = ["agent", "api", "dc2-gateway", "mesh-gateway", "operator", "registrar"].map(
  (who) => `dc2/${who}`,
);

const demos = [
  { name: "dev --check shows the demo in two datacenters", args: [], checks: [...WITHIN, ...ACROSS], holders: [] },
  { name: "dev --check --dc shows it in the one that is named", args: ["--dc", "dc9"], checks: WITHIN, holders: [] },
  {
    name: "dev --check --acl shows it with a token for everyone",
    args: ["--acl"],
    checks: [...WITHIN, ...ACROSS],
    holders: [...HOLDERS, "dc1/management", ...HOLDERS_THERE],
  },
  {
    name: "dev --check --acl-initial-management-token makes tokens by that one",
    args: ["--dc", "dc1", "--acl", "--acl-initial-management-token", randomUUID()],
    checks: WITHIN,
    holders: [...HOLDERS.filter((holder) => holder !== "dc1/mesh-gateway"), "dc1/management"],
  },
] as const;

for (const { name, args, checks, holders } of demos) {
  test(
    `${name}, prints a table of checks, exits with 0 and leaves no process behind`,
    async () => {
      await using directory = await temporaryDirectory();
      await using running = await dev(directory.path, "--check", "--http-port", "0", ...args);
      const { code } = await running.exited;
      const table = running.lines.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
      expect({ code, output: running.output() }).toMatchObject({ code: 0 });
      expect(table[0]).toMatch(/What was tried +What happened/);
      const expected = checks.map((check) => expect.stringMatching(new RegExp(`^ok +${check}`)));
      expect(table.slice(1).filter((line) => line !== "")).toEqual(expected);
      await nothingLeft(directory.path);
      const tokens = await tokensIn(directory.path);
      expect([...tokens.keys()].sort()).toEqual([...holders].sort());
      const told = `${running.output()}\n${await logsIn(directory.path)}`;
      for (const [holder, secret] of tokens)
        expect(told.includes(secret), `the secret of ${holder} is told`).toBe(false);
    },
    TEST_MS,
  );
}

/** The secrets that a demo has kept, by their holders; throws when anyone else could read them. */
async function tokensIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map<string, string>();
  for await (const path of glob("*/*.token", { cwd: join(folder, "demo") })) {
    const file = join(folder, "demo", path);
    expect((await stat(file)).mode & 0o077).toBe(0);
    tokens.set(path.slice(0, -".token".length), await readFile(file, "utf8"));
  }
  return tokens;
}

/** All that the processes of a dev mesh have written. */
async function logsIn(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const path of glob("logs/**/*.log", { cwd: folder }))
    texts.push(await readFile(join(folder, path), "utf8"));
  expect(texts.length).toBeGreaterThan(5);
  return texts.join("\n");
}

test(
  "two dev --empty run at once on different ports, know nothing of each other, and end with Ctrl-C",
  async () => {
    await using directories = new AsyncDisposableStack();
    const start = async (node: string) => {
      const { path } = directories.use(await temporaryDirectory());
      const port = await reservePort();
      const running = directories.use(await dev(path, "--empty", "--http-port", String(port), "--node", node));
      await running.waitForLine((line) => line.includes("Ctrl-C ends everything"), START_UP_MS);
      return { path, running, agent: new AgentApi(`http://127.0.0.1:${port}`) };
    };
    const [first, second] = await Promise.all([start("first"), start("second")]);
    await first.agent.put("/v1/agent/service/register", { Name: "only-first", Port: 1 });
    expect(await namesOf(first.agent)).toEqual({ nodes: ["first"], services: ["consul", "only-first"] });
    expect(await namesOf(second.agent)).toEqual({ nodes: ["second"], services: ["consul"] });

    for (const { running, path } of [first, second]) {
      expect((await processesOf(path)).length).toBeGreaterThan(5);
      running.signal("SIGINT");
      expect(await running.exited).toEqual({ code: 0, signal: null });
      await nothingLeft(path);
    }
  },
  TEST_MS,
);

async function namesOf(agent: AgentApi) {
  const nodes = await agent.get<readonly { readonly Node: string }[]>("/v1/catalog/nodes");
  const services = Object.keys(await agent.get<Record<string, unknown>>("/v1/catalog/services"));
  return { nodes: nodes.map(({ Node }) => Node), services: services.sort() };
}

test(
  "dev --empty that is killed leaves no process behind, and on its folder it may be the primary datacenter of several afterwards",
  async () => {
    await using directory = await temporaryDirectory();
    const port = await reservePort();
    const agent = new AgentApi(`http://127.0.0.1:${port}`);
    const start = async (...args: readonly string[]) => {
      const running = await dev(directory.path, "--empty", "--http-port", String(port), ...args);
      await running.waitForLine((line) => line.includes("Ctrl-C ends everything"), START_UP_MS);
      return running;
    };
    await using first = await start();
    await agent.registerExternal({ service: "kept", port: 1 });
    await first.kill9();
    await nothingLeft(directory.path);

    await using second = await start("--dc", "dc1", "--dc", "dc2");
    expect((await namesOf(agent)).services).toEqual(["consul", "kept"]);
    const [, url = ""] = /dc2 at (http:\/\/[\d.:]+)/.exec(second.output()) ?? [];
    const other = new AgentApi(url);
    expect((await namesOf(other)).services).toEqual(["consul"]);
    await eventually(
      async () => {
        expect(await other.get("/v1/catalog/datacenters")).toEqual(["dc2", "dc1"]);
        expect(Object.keys(await other.get<object>("/v1/catalog/services?dc=dc1"))).toContain("kept");
      },
      { timeoutMs: START_UP_MS },
    );
    second.signal("SIGINT");
    expect(await second.exited).toEqual({ code: 0, signal: null });
    await nothingLeft(directory.path);
  },
  TEST_MS,
);

test("dev refuses one NATS for several datacenters", async () => {
  const { status, err } = await runCauseway(["dev", "--dc", "a", "--dc", "b"], {
    CAUSEWAY_NATS_URL: "nats://127.0.0.1:1",
  });
  expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining("each of a, b needs its own") });
});
