import { AgentApi, CAUSEWAY, processesOf, reservePort } from "@causeway/e2e";
import { eventually, type SpawnedProcess, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import type { Part } from "../part.ts";
import { usageOf } from "../process-usage.ts";
import { medians } from "../statistics.ts";
import type { Table } from "../table.ts";

const STARTS = { full: 3, small: 1 } as const;

/** So many agents start at the same time, each with a control plane of its own. */
const AT_ONCE = [1, 2] as const;

/** How one agent started and ended; seconds since its command was called, but for the last, which count from the signal. */
type AgentStart = {
  readonly answers: number;
  readonly leads: number;
  /** Processor time of all its processes until then. */
  readonly cpu: number;
  readonly ends: number;
};

const PATIENT = { timeoutMs: 60_000 };

/** From the start of `causeway agent -dev` to its first answer and to a leader and a root, and from SIGINT to its end. */
export const agentStarts: Part = {
  name: "agent-start",
  summary: "from the start of `causeway agent -dev` to its first answer, a leader and a root; and its end",
  async run({ scale, say }) {
    const rows = [];
    for (const count of AT_ONCE) {
      const found: AgentStart[] = [];
      for (let round = 1; round <= STARTS[scale]; round++) {
        say(`${count} at once, round ${round} of ${STARTS[scale]}`);
        found.push(...(await Promise.all(Array.from({ length: count }, startAgent))));
      }
      const { answers, leads, cpu, ends } = medians<keyof AgentStart>(found);
      rows.push({ name: `${count} at once`, values: [answers, leads, cpu, ends] });
    }
    return [tableOf(rows, STARTS[scale])];
  },
};

async function startAgent(): Promise<AgentStart> {
  await using folder = await temporaryDirectory();
  const port = await reservePort();
  const args = [CAUSEWAY, "agent", "-dev", `-http-port=${port}`];
  const startedMs = performance.now();
  const env = { CAUSEWAY_NATS_URL: undefined, TMPDIR: folder.path };
  await using agent = await spawnProcess(process.execPath, args, { env });
  const api = new AgentApi(`http://127.0.0.1:${port}`);
  await eventually(() => api.get("/v1/agent/self"), PATIENT);
  const answers = secondsSince(startedMs);
  await eventually(async () => {
    if ((await api.get("/v1/status/leader")) === "") throw new Error("no leader yet");
    await api.get("/v1/connect/ca/roots");
  }, PATIENT);
  const leads = secondsSince(startedMs);
  const usages = await Promise.all((await processesOf(folder.path)).map(({ pid }) => usageOf(pid)));
  const cpu = usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return { answers, leads, cpu, ends: await interrupted(agent) };
}

async function interrupted(agent: SpawnedProcess): Promise<number> {
  const signalledMs = performance.now();
  agent.signal("SIGINT");
  await agent.exited;
  return secondsSince(signalledMs);
}

function secondsSince(ms: number): number {
  return (performance.now() - ms) / 1e3;
}

function tableOf(rows: Table["rows"], times: number): Table {
  return {
    title: `Start and end of an agent with its control plane, ${times} times`,
    of: "agents",
    columns: [
      { heading: "answers after s", decimals: 2, plotted: true },
      { heading: "leader and root after s", decimals: 2, plotted: true },
      { heading: "CPU s by then", decimals: 2, plotted: true },
      { heading: "ended after s", decimals: 2, plotted: true },
    ],
    rows,
  };
}
