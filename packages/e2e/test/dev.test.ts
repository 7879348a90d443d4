import { readdir, readFile } from "node:fs/promises";
import { eventually, type SpawnedProcess, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { AgentApi, CAUSEWAY, reservePort, START_UP_MS } from "../src/index.ts";

/** A whole demo has to start, be tried and end. */
const TEST_MS = 4 * START_UP_MS;

/** Starts `causeway dev` with its state in `folder`. */
function dev(folder: string, ...args: readonly string[]): Promise<SpawnedProcess> {
  // What a killed dev leaves in the folder for temporary files goes with the test.
  const env = { CAUSEWAY_NATS_URL: undefined, TMPDIR: folder };
  return spawnProcess(process.execPath, [CAUSEWAY, "dev", "--data-dir", folder, ...args], { env });
}

/** Processes of this machine whose command line or environment names `folder`, which is in that of everything that dev starts. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    ids.map(async (id) => {
      const facts = await Promise.all(
        ["cmdline", "environ"].map((file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")),
      );
      return facts.some((text) => text.includes(folder)) ? `${id} ${facts[0]?.replaceAll("\0", " ")}` : "";
    }),
  );
  return found.filter((text) => text !== "");
}

/** Resolves when no process of a mesh runs any more: what guards its processes needs a moment to see that they are gone. */
function nothingLeft(folder: string): Promise<void> {
  return eventually(async () => expect(await processesOf(folder)).toEqual([]));
}

test(
  "dev --check shows the demo, prints a table of checks, exits with 0 and leaves no process behind",
  async () => {
    await using directory = await temporaryDirectory();
    await using running = await dev(directory.path, "--check", "--http-port", "0");
    const { code } = await running.exited;
    const table = running.lines.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
    expect({ code, output: running.output() }).toMatchObject({ code: 0 });
    expect(table[0]).toMatch(/What was tried +What happened/);
    const checks = table.slice(1).filter((line) => line !== "");
    expect(checks.length).toBeGreaterThanOrEqual(5);
    for (const line of checks) expect(line).toMatch(/^ok /);
    await nothingLeft(directory.path);
  },
  TEST_MS,
);

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
  "dev --empty that is killed leaves no process behind, and a next one on its folder knows what it was told",
  async () => {
    await using directory = await temporaryDirectory();
    const port = await reservePort();
    const agent = new AgentApi(`http://127.0.0.1:${port}`);
    const start = async () => {
      const running = await dev(directory.path, "--empty", "--http-port", String(port));
      await running.waitForLine((line) => line.includes("Ctrl-C ends everything"), START_UP_MS);
      return running;
    };
    await using first = await start();
    await agent.registerExternal({ service: "kept", port: 1 });
    await first.kill9();
    await nothingLeft(directory.path);

    await using second = await start();
    expect((await namesOf(agent)).services).toEqual(["consul", "kept"]);
    second.signal("SIGINT");
    expect(await second.exited).toEqual({ code: 0, signal: null });
  },
  TEST_MS,
);
