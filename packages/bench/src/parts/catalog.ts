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
import { mean, median, quantile } from "../statistics.ts";
import type { Row, Table } from "../table.ts";

/** What is measured at each of the sizes. */
export type CatalogLoad = {
  /** Numbers of instances, ascending; each has a mesh of its own. */
  readonly sizes: readonly number[];
  /** So many times the sizes take turns. */
  readonly rounds: number;
  /** So many registrations, updates, deregistrations and lists in each turn. */
  readonly operations: number;
  /** So many starts of a gateway. */
  readonly starts: number;
};

const LOADS: Readonly<Record<Scale, CatalogLoad>> = {
  full: { sizes: [1_000, 10_000, 100_000], rounds: 6, operations: 100, starts: 3 },
  small: { sizes: [200, 400], rounds: 2, operations: 5, starts: 1 },
};

/** What one change costs, and how soon a gateway is ready, by the number of instances. */
export const catalog: Part = {
  name: "catalog",
  summary: "register, update, deregister and list, and the start of a gateway, at 1,000, 10,000 and 100,000 instances",
  async run({ scale, say }) {
    await using resources = new AsyncDisposableStack();
    const load = LOADS[scale];
    const meshes: CatalogMesh[] = [];
    for (const size of load.sizes) {
      say(`loading ${written(size)} instances`);
      meshes.push(await startLoaded(size, resources));
    }
    return await measureCatalog(meshes, load, say);
  },
};

async function startLoaded(size: number, resources: AsyncDisposableStack): Promise<CatalogMesh> {
  const monitorPort = await reservePort();
  const mesh = resources.use(await startMesh({ natsMonitor: `127.0.0.1:${monitorPort}` }));
  await loadCatalog(mesh, 0, size);
  return new CatalogMesh(mesh, size, monitorPort);
}

/** Measures meshes of different sizes in turn, so that what else the machine does falls on all of them. */
export async function measureCatalog(
  meshes: readonly CatalogMesh[],
  { rounds, operations, starts }: Omit<CatalogLoad, "sizes">,
  say: (progress: string) => void,
): Promise<readonly Table[]> {
  const costs = new Map(OPERATIONS.map((operation) => [operation, new Map<CatalogMesh, Cost[]>()]));
  // The first turn is for the compiler, and for what loading has left to be done.
  for (let round = 0; round <= rounds; round++) {
    say(`${operations} times each, ${round === 0 ? "to warm up" : `round ${round} of ${rounds}`}`);
    const inTurn = round % 2 === 0 ? meshes : meshes.toReversed();
    for (const operation of OPERATIONS) {
      const known = costs.get(operation);
      for (const mesh of inTurn) {
        const cost = await costOf(mesh, operation, round * operations, operations);
        if (round > 0) known?.set(mesh, [...(known.get(mesh) ?? []), cost]);
      }
    }
  }
  const starting: Row[] = [];
  for (const mesh of meshes) {
    say(`starting a gateway at ${written(mesh.size)} instances`);
    starting.push({ name: written(mesh.size), values: await startOfGateway(mesh, starts) });
  }
  return [
    ...OPERATIONS.map((operation) =>
      costTable(
        operation,
        meshes.map((mesh) => ({ size: mesh.size, ...costOfAll(costs.get(operation)?.get(mesh) ?? []) })),
      ),
    ),
    startTable(starting),
  ];
}

type Cost = {
  readonly latenciesMs: readonly number[];
  /** Mean of one operation, by process. */
  readonly cpuMs: Readonly<Record<ProcessName, number>>;
  readonly messages: number;
  readonly residentMb: Readonly<Record<ProcessName, number>>;
};
type SizeCost = Cost & { readonly size: number };

/**
 * Does the operation so many times, one after the other; gives what each took, and the mean of what it cost all processes.
 *
 * @param first - number of the first of them.
 */
async function costOf(mesh: CatalogMesh, operation: Operation, first: number, operations: number): Promise<Cost> {
  await mesh.settle();
  const before = await mesh.counts();
  const latenciesMs: number[] = [];
  for (let n = first; n < first + operations; n++) {
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

/** Several turns as one. A turn is too short for the clock of `/proc`, so that its mean counts and not its median. */
function costOfAll(turns: readonly Cost[]): Cost {
  return {
    latenciesMs: turns.flatMap(({ latenciesMs }) => latenciesMs),
    cpuMs: byProcess((name) => mean(turns.map(({ cpuMs }) => cpuMs[name]))),
    messages: mean(turns.map(({ messages }) => messages)),
    residentMb: byProcess((name) => Math.max(...turns.map(({ residentMb }) => residentMb[name]))),
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

function written(size: number): string {
  return size.toLocaleString("en-US");
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
      { heading: "CPU ms", decimals: 2, plotted: true },
      { heading: "ratio", decimals: 2 },
      ...PROCESSES.map((name) => ({ heading: `of ${name}`, decimals: 2 })),
      { heading: "messages", decimals: 1 },
      { heading: "latency ms p50", decimals: 2, plotted: true },
      { heading: "p99", decimals: 2, plotted: true },
      { heading: "agent RSS MB", decimals: 0, plotted: true },
      { heading: "catalog RSS MB", decimals: 0, plotted: true },
    ],
    rows: costs.map(({ size, cpuMs, messages, latenciesMs, residentMb }) => ({
      name: written(size),
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
      { heading: "ready after s", decimals: 2, plotted: true },
      { heading: "CPU s", decimals: 2, plotted: true },
      { heading: "RSS MB", decimals: 0, plotted: true },
    ],
    rows,
  };
}
