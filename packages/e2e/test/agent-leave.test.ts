import { eventually, type SpawnedProcess, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { AgentApi, CAUSEWAY, processesOf, reservePort, runCauseway, START_UP_MS } from "../src/index.ts";

const LEFT = 3;

/** By which signal it ends, what its files say of that, and whether its node is gone then. */
const ENDS = [
  { signal: "SIGINT", settings: "skip_leave_on_interrupt = false", leaves: true },
  { signal: "SIGTERM", settings: "skip_leave_on_interrupt = false", leaves: false },
  { signal: "SIGTERM", settings: "leave_on_terminate = true", leaves: true },
] as const;

test(
  "an agent that runs its own control plane leaves when it is told to, and all of it ends",
  async () => {
    await using folder = await temporaryDirectory();
    const port = await reservePort();
    const start = async (node: string, settings: string): Promise<SpawnedProcess> => {
      const args = [`-data-dir=${folder.path}/data`, "-node", node, `-http-port=${port}`, "-hcl", settings];
      const env = { CAUSEWAY_NATS_URL: undefined, TMPDIR: folder.path };
      const started = await spawnProcess(process.execPath, [CAUSEWAY, "agent", "-server", ...args], { env });
      await started.waitForLine((line) => line === "==> Consul agent running!", START_UP_MS);
      return started;
    };
    const ended = async (agent: SpawnedProcess) => {
      expect(await agent.exited).toEqual({ code: 0, signal: null });
      await eventually(async () => expect(await processesOf(folder.path)).toEqual([]));
    };
    for (const [at, { signal, settings }] of ENDS.entries()) {
      await using agent = await start(`node-${at}`, settings);
      agent.signal(signal);
      await ended(agent);
    }
    await using last = await start("last", "");
    const api = new AgentApi(`http://127.0.0.1:${port}`);
    const members = await api.get<{ Name: string; Status: number }[]>("/v1/agent/members");
    const status = (at: number) => members.find(({ Name }) => Name === `node-${at}`)?.Status;
    expect(ENDS.map((_end, at) => status(at) === LEFT)).toEqual(ENDS.map(({ leaves }) => leaves));
    const { status: code, out } = await runCauseway(["leave", `-http-addr=127.0.0.1:${port}`]);
    expect({ code, out }).toEqual({ code: 0, out: "Graceful leave complete" });
    await ended(last);
  },
  5 * START_UP_MS,
);
