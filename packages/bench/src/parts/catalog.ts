import { type Mesh, reservePort, startMesh } from "@causeway/e2e";
import { loadCatalog, loadedNode, loadedService } from "../load/catalog-loader.ts";
import type { Part, Scale } from "../part.ts";
import { type ProcessUsage, usageOf, whenIdle } from "../process-usage.ts";
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

const LINKED_SERVICES = 10;
const GATEWAY = "measured-gateway";
const OPERATIONS = ["register", "deregister", "list"] as const;
type Operation = (typeof OPERATIONS)[number];

/** What one change costs, and how soon a gateway is ready, by the number of instances. */
export const catalog: Part = {
  name: "catalog",
  summary: "register, deregister and list, and the start of a gateway, at 1,000, 10,000 and 100,000 instances",
  async run({ scale, say }) {
    const monitorPort = await reservePort();
    await using mesh = await startMesh({ natsConfig: `http: "127.0.0.1:${monitorPort}"` });
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
    await loadCatalog(mesh.natsUrl, loaded, size);
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
  readonly cpuMs: number;
  readonly messages: number;
  readonly residentMb: { readonly agent: number; readonly catalog: number };
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
    cpuMs: ((after.cpuSeconds - before.cpuSeconds) * 1e3) / operations,
    messages: (after.messages - before.messages) / operations,
    residentMb: { agent: after.agent.residentBytes / 1e6, catalog: after.catalog.residentBytes / 1e6 },
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

/** A mesh whose catalog is loaded, as this part speaks with it. */
export class CatalogMesh {
  readonly mesh: Mesh;
  readonly #monitor: string;

  /** @param monitorPort - where the mesh's NATS server tells of itself. */
  constructor(mesh: Mesh, monitorPort: number) {
    this.mesh = mesh;
    this.#monitor = `http://127.0.0.1:${monitorPort}/varz`;
  }

  get natsUrl(): string {
    return this.mesh.nats.url;
  }

  /** Resolves when no process that a change passes through has anything left to do. */
  async settle(): Promise<void> {
    for (const pid of this.#pids()) await whenIdle(pid);
  }

  /** What the processes that a change passes through have used so far, and the messages that NATS took in and gave out. */
  async counts() {
    const [nats, agent, catalog] = await Promise.all(this.#pids().map(usageOf));
    const { in_msgs, out_msgs } = (await (await fetch(this.#monitor)).json()) as Record<"in_msgs" | "out_msgs", number>;
    const processes = [nats, agent, catalog].filter((usage) => usage !== undefined);
    return {
      agent: agent as ProcessUsage,
      catalog: catalog as ProcessUsage,
      cpuSeconds: processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      messages: in_msgs + out_msgs,
    };
  }

  /** Registers, deregisters or lists; always among the loaded services that there are at every size. */
  async perform(operation: Operation, n: number): Promise<void> {
    const { agent } = this.mesh;
    const ID = `changing-${n}`;
    switch (operation) {
      case "register": {
        const Check = { CheckID: `service:${ID}`, Name: ID, Status: "passing", ServiceID: ID };
        const Service = { ID, Service: loadedService(n), Port: 8080 };
        return agent.put("/v1/catalog/register", {
          Node: loadedNode(n),
          Address: "10.0.0.1",
          SkipNodeUpdate: true,
          Service,
          Check,
        });
      }
      case "deregister":
        return agent.put("/v1/catalog/deregister", { Node: loadedNode(n), ServiceID: ID });
      case "list":
        await agent.get(`/v1/health/service/${loadedService(0)}?passing`);
    }
  }

  /** Links the gateway to the first of the loaded services. */
  async linkGateway(): Promise<void> {
    const Services = Array.from({ length: LINKED_SERVICES }, (_, index) => ({ Name: `loaded-${index}` }));
    await this.mesh.agent.writeEntry({ Kind: "terminating-gateway", Name: GATEWAY, Services });
    await this.settle();
  }

  #pids(): readonly number[] {
    return [this.mesh.nats.pid, this.mesh.pid("agent"), this.mesh.pid("catalog")];
  }
}

function costTable(operation: Operation, costs: readonly SizeCost[]): Table {
  const smallest = costs[0];
  return {
    title: `One ${operation} by the number of instances`,
    of: "instances",
    columns: [
      { heading: "CPU ms", decimals: 2 },
      { heading: "ratio", decimals: 2 },
      { heading: "messages", decimals: 1 },
      { heading: "latency ms p50", decimals: 2 },
      { heading: "p99", decimals: 2 },
      { heading: "agent RSS MB", decimals: 0 },
      { heading: "catalog RSS MB", decimals: 0 },
    ],
    rows: costs.map(({ size, cpuMs, messages, latenciesMs, residentMb }) => ({
      name: size.toLocaleString("en-US"),
      values: [
        cpuMs,
        cpuMs / (smallest?.cpuMs ?? Number.NaN),
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
