import { type Mesh, startMesh } from "@causeway/e2e";
import { LongPoll, type PollAnswer } from "../load/long-poll.ts";
import type { Part } from "../part.ts";
import { usageOf, whenIdle } from "../process-usage.ts";
import { quantile } from "../statistics.ts";
import type { Table } from "../table.ts";

/** So many queries are held, spread evenly over so many services; then services change, one at a time. */
export type QueryLoad = { readonly queries: number; readonly services: number; readonly changes: number };

const LOADS = {
  full: { queries: 5_000, services: 50, changes: 60 },
  small: { queries: 100, services: 5, changes: 5 },
} as const satisfies Record<string, QueryLoad>;

const BYTES_PER_MB = 1e6;

/** Blocking queries held by one agent. */
export const queries: Part = {
  name: "queries",
  summary: "blocking queries held by one agent: its memory, and how soon those that a change concerns are answered",
  async run({ scale, say }) {
    const load = LOADS[scale];
    say(`starting a mesh for ${load.queries} blocking queries`);
    await using mesh = await startMesh();
    return [await measureQueries(mesh, load)];
  },
};

/** Holds the queries at the mesh's agent, and changes services. */
export async function measureQueries(mesh: Mesh, load: QueryLoad): Promise<Table> {
  const names = Array.from({ length: load.services }, (_, index) => `queried-${index}`);
  for (const service of names) await mesh.agent.registerExternal({ service, port: 1 });
  const agent = mesh.pid("agent");
  await whenIdle(agent);
  const before = await usageOf(agent);

  await using held = await hold(mesh, names, load.queries);
  await whenIdle(agent);
  const holding = await usageOf(agent);

  const rounds: ChangeRound[] = [];
  for (let change = 0; change < load.changes; change++) {
    const at = change % names.length;
    rounds.push(
      await changeOne(mesh, held, { service: names[at] ?? "", port: 2 + change, concerned: held.askers(at) }),
    );
  }
  await whenIdle(agent);
  const after = await usageOf(agent);
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  const values = [
    before.residentBytes / BYTES_PER_MB,
    holding.residentBytes / BYTES_PER_MB,
    after.residentBytes / BYTES_PER_MB,
    load.queries / load.services,
    quantile(latencies, 0.5),
    quantile(latencies, 0.99),
    quantile(
      rounds.map(({ acknowledgedMs }) => acknowledgedMs),
      0.5,
    ),
    rounds.reduce((sum, { others }) => sum + others, 0),
    ((after.cpuSeconds - holding.cpuSeconds) * 1e3) / load.changes,
  ];
  return {
    title: "Blocking queries held by one agent",
    of: "queries",
    columns: COLUMNS,
    rows: [{ name: load.queries.toLocaleString("en-US"), values }],
  };
}

const COLUMNS = [
  { heading: "RSS MB without", decimals: 0 },
  { heading: "RSS MB", decimals: 0 },
  { heading: "RSS MB after changes", decimals: 0 },
  { heading: "concerned by a change", decimals: 0 },
  { heading: "answered after ms p50", decimals: 1 },
  { heading: "p99", decimals: 1 },
  { heading: "change acknowledged after ms", decimals: 1 },
  { heading: "others answered", decimals: 0 },
  { heading: "agent CPU ms/change", decimals: 1 },
];

type ChangeRound = {
  readonly latenciesMs: readonly number[];
  readonly acknowledgedMs: number;
  readonly others: number;
};

/** Registers the service anew; gives how long after it was asked to each answer came, and how many came that it did not concern. */
async function changeOne(
  mesh: Mesh,
  held: HeldQueries,
  {
    service,
    port,
    concerned,
  }: { readonly service: string; readonly port: number; readonly concerned: ReadonlySet<number> },
): Promise<ChangeRound> {
  const answers = held.collect(concerned);
  const startedMs = performance.now();
  await mesh.agent.registerExternal({ service, port });
  const acknowledgedMs = performance.now() - startedMs;
  await answers.complete;
  // Whoever is answered though nothing has changed for them is answered no later than when all is quiet.
  await whenIdle(mesh.pid("agent"));
  const { times, others } = answers.stop();
  return { latenciesMs: times.map((atMs) => atMs - startedMs), acknowledgedMs, others };
}

/** Queries that are held, each with a number. */
class HeldQueries implements AsyncDisposable {
  readonly #polls: readonly LongPoll[];
  readonly #services: number;
  #listener: (asker: number, answer: PollAnswer) => void = () => {};

  constructor(mesh: Mesh, names: readonly string[], count: number) {
    const { hostname, port } = new URL(mesh.agent.url);
    this.#services = names.length;
    this.#polls = Array.from({ length: count }, (_, asker) => {
      const path = `/v1/health/service/${names[asker % names.length]}?wait=10m`;
      return new LongPoll({ host: hostname, port: Number(port) }, path, (answer) => this.#listener(asker, answer));
    });
  }

  /** Who asks for the service at this place of the list. */
  askers(service: number): ReadonlySet<number> {
    return new Set([...this.#polls.keys()].filter((asker) => asker % this.#services === service));
  }

  /** Asks once for what there is, by everybody; all ask for what is newer when this resolves. */
  async begin(): Promise<void> {
    const everybody = this.collect(new Set(this.#polls.keys()));
    for (const poll of this.#polls) poll.ask(0);
    await everybody.complete;
    everybody.stop();
  }

  /** Notes answers from now on; `complete` resolves when each of those concerned has had one. */
  collect(concerned: ReadonlySet<number>) {
    const { promise: complete, resolve } = Promise.withResolvers<void>();
    const times = new Map<number, number>();
    let others = 0;
    this.#listener = (asker, { atMs }) => {
      if (!concerned.has(asker) || times.has(asker)) others++;
      else if (times.set(asker, atMs).size === concerned.size) resolve();
    };
    const stop = () => {
      this.#listener = () => {};
      return { times: [...times.values()], others };
    };
    return { complete, stop };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const poll of this.#polls) poll.close();
  }
}

async function hold(mesh: Mesh, names: readonly string[], count: number): Promise<HeldQueries> {
  const held = new HeldQueries(mesh, names, count);
  await held.begin();
  return held;
}
