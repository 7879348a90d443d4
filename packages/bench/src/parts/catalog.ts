import { reservePort, startMesh } from "@causeway/e2e";
import { loadCatalog } from "../load/catalog-loader.ts";
import {
  byProcess,
  CatalogMesh,
  GATEWAY,
  LINKED_SERVICES,
  OPERATIONS,
  type Operation,
  PROCESSES,
  type ProcessName,
} from "../load/catalog-mesh.ts";
import type { Part, Scale } from "../part.ts";
import { usageOf, whenIdle } from "../process-usage.ts";
import { median, quantile } from "../statistics.ts";
import type { Row, Table } from "../table.ts";

/** What is measured at each of the sizes. */
export type CatalogLoad = {
  /** Numbers of instances, ascending. */
  readonly sizes: readonly number[];
  /** So many registrations, deregistrations and lists. */
  readonly operations: number;
  /** So many starts of a gateway. */
  readonly starts: number;
};

const LOADS: Readonly<Record<Scale, CatalogLoad>> = {
  full: { sizes: [1_000, 10_000, 100_000], operations: 300, starts: 3 },
  small: { sizes: [200, 400], operations: 10, starts: 1 },
};

/** What one change costs, and how soon a gateway is ready, by the number of instances. */
export const catalog: Part = {
  name: "catalog",
  summary: "register, deregister and list, and the start of a gateway, at 1,000, 10,000 and 100,000 instances",
  async run({ scale, say }) {
    const monitorPort = await reservePort();
    await using mesh = await startMesh({ natsMonitor: `127.0.0.1:${monitorPort}` });
    return await measureCatalog(new CatalogMesh(mesh, monitorPort), LOADS[scale], say);
  },
};

/** Loads the catalog up to each size in turn, and measures there. */
export async function measureCatalog(
  mesh: CatalogMesh,
  { sizes, operations, starts }: CatalogLoad,
  say: (progress: string) => void,
): Promise<readonly Table[]> {
  const costs = new Map<Operation, SizeCost[]>(OPERATIONS.map((operation) => [operation, []]));
  const starting: Row[] = [];
  let loaded = 0;
  for (const size of sizes) {
    say(`loading ${(size - loaded).toLocaleString("en-US")} instances`);
    await loadCatalog(mesh.mesh, loaded, size);
    await mesh.settle();
    if (loaded === 0) await warmUp(mesh, operations);
    loaded = size;
    say(`${operations} times register, deregister and list at ${size.toLocaleString("en-US")} instances`);
    for (const operation of OPERATIONS) {
      costs.get(operation)?.push({ size, ...(await costOf(mesh, operation, operations)) });
    }
    say(`starting a gateway at ${size.toLocaleString("en-US")} instances`);
    starting.push({ name: size.toLocaleString("en-US"), values: await startOfGateway(mesh, starts) });
  }
  return [...OPERATIONS.map((operation) => costTable(operation, costs.get(operation) ?? [])), startTable(starting)];
}

type Cost = {
  readonly latenciesMs: readonly number[];
  /** Mean of one operation, by process. */
  readonly cpuMs: Readonly<Record<ProcessName, number>>;
  readonly messages: number;
  readonly residentMb: Readonly<Record<ProcessName, number>>;
};
type SizeCost = Cost & { readonly size: number };

/** A program that has run once is faster than one that has not, which is no question of size. */
async function warmUp(mesh: CatalogMesh, operations: number): Promise<void> {
  for (const operation of OPERATIONS) await costOf(mesh, operation, operations);
}

/** Does the operation so many times, one after the other; gives what each took, and the mean of what it cost all processes. */
async function costOf(mesh: CatalogMesh, operation: Operation, operations: number): Promise<Cost> {
  await mesh.settle();
  const before = await mesh.counts();
  const latenciesMs: number[] = [];
  for (let n = 0; n < operations; n++) {
    const startedMs = performance.now();
    await mesh.perform(operation, n);
    latenciesMs.push(performance.now() - startedMs);
  }
  await mesh.settle();
  const after = await mesh.counts();
  return {
    latenciesMs,
    cpuMs: byProcess((name) => ((after[name].cpuSeconds - before[name].cpuSeconds) * 1e3) / operations),
    messages: (after.messages - before.messages) / operations,
    residentMb: byProcess((name) => after[name].residentBytes / 1e6),
  };
}

/** Starts a gateway that is linked to services of a hundred instances each, and ends it; medians over the starts. */
async function startOfGateway(mesh: CatalogMesh, starts: number): Promise<readonly number[]> {
  await mesh.linkGateway();
  const rounds: { readonly seconds: number; readonly cpuSeconds: number; readonly residentMb: number }[] = [];
  for (let n = 0; n < starts; n++) {
    const startedMs = performance.now();
    await using gateway = await mesh.mesh.startTerminatingGateway(GATEWAY);
    const seconds = (performance.now() - startedMs) / 1e3;
    const { routes } = await gateway.admin.routes();
    if (routes.length < LINKED_SERVICES) throw new Error(`the gateway was ready with ${routes.length} routes only`);
    const { cpuSeconds } = await usageOf(gateway.program.pid);
    await whenIdle(gateway.program.pid);
    rounds.push({ seconds, cpuSeconds, residentMb: (await usageOf(gateway.program.pid)).residentBytes / 1e6 });
  }
  return (["seconds", "cpuSeconds", "residentMb"] as const).map((name) => median(rounds.map((round) => round[name])));
}

function total(values: Readonly<Record<ProcessName, number>>): number {
  return PROCESSES.reduce((sum, name) => sum + values[name], 0);
}

function costTable(operation: Operation, costs: readonly SizeCost[]): Table {
  const smallest = costs[0];
  return {
    title: `One ${operation} by the number of instances`,
    of: "instances",
    columns: [
      { heading: "CPU ms", decimals: 2 },
      { heading: "ratio", decimals: 2 },
      ...PROCESSES.map((name) => ({ heading: `of ${name}`, decimals: 2 })),
      { heading: "messages", decimals: 1 },
      { heading: "latency ms p50", decimals: 2 },
      { heading: "p99", decimals: 2 },
      { heading: "agent RSS MB", decimals: 0 },
      { heading: "catalog RSS MB", decimals: 0 },
    ],
    rows: costs.map(({ size, cpuMs, messages, latenciesMs, residentMb }) => ({
      name: size.toLocaleString("en-US"),
      values: [
        total(cpuMs),
        smallest && total(cpuMs) / total(smallest.cpuMs),
        ...PROCESSES.map((name) => cpuMs[name]),
        messages,
        quantile(latenciesMs, 0.5),
        quantile(latenciesMs, 0.99),
        residentMb.agent,
        residentMb.catalog,
      ],
    })),
  };
}

function startTable(rows: readonly Row[]): Table {
  return {
    title: `Start of a terminating gateway linked to ${LINKED_SERVICES} services of 100 instances`,
    of: "instances",
    columns: [
      { heading: "ready after s", decimals: 2 },
      { heading: "CPU s", decimals: 2 },
      { heading: "RSS MB", decimals: 0 },
    ],
    rows,
  };
}
