import { GROUPS, type Target } from "../load/load.ts";
import { makeLoad, whileIdle } from "../load/processes.ts";
import type { PartOptions, Scale } from "../part.ts";
import { cpuOf, usageOf, whenIdle } from "../process-usage.ts";
import { ratiosOf } from "../ratios.ts";
import { medians } from "../statistics.ts";
import type { Column, Table } from "../table.ts";
import type { Contestant } from "./contestant.ts";
import { profile } from "./profile.ts";

/** How much is sent through each of those compared, in each of the rounds. */
export type Volume = {
  readonly rounds: number;
  /** Connections that bulk is sent on, and bytes on each of them, up and then down. */
  readonly bulk: { readonly connections: number; readonly bytes: number };
  readonly connections: { readonly atOnce: number; readonly total: number };
  readonly pace: { readonly connections: number; readonly perSecond: number; readonly seconds: number };
  readonly idle: number;
};

const BYTES_PER_GB = 1e9;
const BYTES_PER_MB = 1e6;

/** What is found in each round. */
type Measured = {
  readonly upCpuPerGb: number;
  readonly downCpuPerGb: number;
  readonly upMbps: number;
  readonly downMbps: number;
  readonly connectionMicros: number;
  readonly connectionsPerSecond: number;
  /** Of connections that resume a TLS session; not a number where there is no TLS. */
  readonly resumedMicros: number;
  /** Of a full handshake with a client that offers a post-quantum key exchange, which not all of those compared know. */
  readonly postQuantumMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

type Memory = { readonly idleMb: number; readonly perThousandMb: number };

/** The parts of a table that both ways of taking connections in have in common. */
export type Measurement = {
  readonly title: string;
  /** What a connection costs: it begins with a handshake, or not. */
  readonly connectionHeading: string;
  readonly contestants: readonly Contestant[];
  readonly greeting: Target["greeting"];
  readonly volume: Volume;
  readonly options: PartOptions;
};

/**
 * Measures all of them in turn, as often as there are rounds, or profiles them if that was asked for. Where one of them is no proxy at all, latency is told as what the others add
 * to that, otherwise as it is.
 */
export async function measure(measurement: Measurement): Promise<readonly Table[]> {
  const { title, contestants, greeting, volume } = measurement;
  const { say, profiles } = measurement.options;
  if (profiles) return [await profile(measurement)];
  const memory = new Map<Contestant, Memory>();
  const rounds = new Map<Contestant, Measured[]>(contestants.map((each) => [each, []]));
  for (const each of contestants) memory.set(each, await memoryOf(each, greeting, volume));
  for (let round = 1; round <= volume.rounds; round++) {
    for (const each of contestants) {
      say(`${title}: ${each.name}, round ${round} of ${volume.rounds}`);
      rounds.get(each)?.push(await oneRound(each, greeting, volume));
    }
  }
  const found = contestants.map((each) => ({
    contestant: each,
    measured: medians(rounds.get(each) ?? []),
    memory: memory.get(each),
  }));
  const directly = found.find(({ contestant }) => contestant.pid === undefined)?.measured;
  const rows = found.map(({ contestant, measured, memory: held }) => ({
    name: contestant.name,
    values: valuesOf(measurement, contestant, { measured, held, directly }),
  }));
  const table = { title, of: "proxy", columns: columns(measurement), rows };
  const direct = contestants.filter(({ pid }) => pid === undefined).map(({ name }) => name);
  return [table, ratiosOf(table, "Causeway", direct)].filter((each) => each !== undefined);
}

async function memoryOf({ pid, port }: Contestant, greeting: Target["greeting"], { idle }: Volume): Promise<Memory> {
  if (pid === undefined) return { idleMb: Number.NaN, perThousandMb: Number.NaN };
  await whenIdle(pid);
  const before = await usageOf(pid);
  const after = await whileIdle({ kind: "idle", target: { port, greeting }, connections: idle }, async () => {
    await whenIdle(pid);
    return await usageOf(pid);
  });
  const grownMb = (after.residentBytes - before.residentBytes) / BYTES_PER_MB;
  return { idleMb: before.residentBytes / BYTES_PER_MB, perThousandMb: (grownMb * 1_000) / idle };
}

async function oneRound(
  { pid, port, greeting }: Contestant,
  usual: Target["greeting"],
  volume: Volume,
): Promise<Measured> {
  const target = { port, greeting: greeting ?? usual };
  const counted = <T>(work: () => Promise<T>) =>
    pid === undefined ? work().then((result) => ({ cpuSeconds: Number.NaN, result })) : cpuOf(pid, work);
  const bytes = volume.bulk.connections * volume.bulk.bytes;
  const up = await counted(() => makeLoad({ kind: "transfer", target, direction: "up", ...volume.bulk }));
  const down = await counted(() => makeLoad({ kind: "transfer", target, direction: "down", ...volume.bulk }));
  const opened = await counted(() => makeLoad({ kind: "connections", target, ...volume.connections }));
  const perConnection = ({ cpuSeconds }: { readonly cpuSeconds: number }) =>
    (cpuSeconds * 1e6) / volume.connections.total;
  const micros = { resumed: Number.NaN, postQuantum: Number.NaN };
  if (target.greeting.kind === "mutual-tls") {
    const usualWay = { kind: "connections", target, ...volume.connections } as const;
    micros.resumed = perConnection(await counted(() => makeLoad({ ...usualWay, resumed: true })));
    const hybrid = { ...target, greeting: { ...target.greeting, groups: GROUPS.postQuantum } };
    micros.postQuantum = perConnection(await counted(() => makeLoad({ ...usualWay, target: hybrid })));
  }
  const paced = await makeLoad({ kind: "pace", target, ...volume.pace });
  return {
    upCpuPerGb: up.cpuSeconds / (bytes / BYTES_PER_GB),
    downCpuPerGb: down.cpuSeconds / (bytes / BYTES_PER_GB),
    upMbps: bytes / BYTES_PER_MB / up.result.seconds,
    downMbps: bytes / BYTES_PER_MB / down.result.seconds,
    connectionMicros: perConnection(opened),
    connectionsPerSecond: volume.connections.total / opened.result.seconds,
    resumedMicros: micros.resumed,
    postQuantumMicros: micros.postQuantum,
    p50Ms: paced.p50Ms,
    p99Ms: paced.p99Ms,
  };
}

type Values = {
  readonly measured: Measured;
  readonly held: Memory | undefined;
  /** Of what goes through no proxy, where that is measured. */
  readonly directly: Measured | undefined;
};

function valuesOf(
  { greeting }: Measurement,
  { pid }: Contestant,
  { measured, held, directly }: Values,
): readonly (number | undefined)[] {
  const added = (name: "p50Ms" | "p99Ms") => (pid === undefined ? undefined : measured[name] - (directly?.[name] ?? 0));
  return [
    measured.upCpuPerGb,
    measured.downCpuPerGb,
    measured.upMbps,
    measured.downMbps,
    measured.connectionMicros,
    measured.connectionsPerSecond,
    ...(greeting.kind === "mutual-tls" ? [measured.resumedMicros, measured.postQuantumMicros] : []),
    added("p50Ms"),
    added("p99Ms"),
    held?.idleMb,
    held?.perThousandMb,
  ];
}

function columns({ connectionHeading, contestants, greeting }: Measurement): readonly Column[] {
  const added = contestants.some(({ pid }) => pid === undefined) ? "added " : "";
  return [
    { heading: "CPU s/GB up", decimals: 2, plotted: true },
    { heading: "CPU s/GB down", decimals: 2, plotted: true },
    { heading: "MB/s up", decimals: 0, plotted: true },
    { heading: "MB/s down", decimals: 0, plotted: true },
    { heading: connectionHeading, decimals: 0, plotted: true },
    { heading: "per s", decimals: 0, plotted: true },
    ...(greeting.kind === "mutual-tls"
      ? ["CPU µs/resumed", "CPU µs/with ML-KEM"].map((heading) => ({ heading, decimals: 0, plotted: true }))
      : []),
    { heading: `${added}ms p50`, decimals: 2, plotted: true },
    { heading: "p99", decimals: 2, plotted: true },
    { heading: "RSS MB idle", decimals: 0, plotted: true },
    { heading: "per 1,000 idle", decimals: 1, plotted: true },
  ];
}

/** What is sent through, by the scale of the run. */
export const VOLUMES: Readonly<Record<"passthrough" | "termination", Readonly<Record<Scale, Volume>>>> = {
  passthrough: {
    full: {
      rounds: 3,
      bulk: { connections: 4, bytes: 256 * 1_048_576 },
      connections: { atOnce: 32, total: 10_000 },
      pace: { connections: 50, perSecond: 1_000, seconds: 3 },
      // As many as 20,000 files allow, of which each connection takes two; with few of them it is the heap's growth that is measured.
      idle: 9_000,
    },
    small: {
      rounds: 1,
      bulk: { connections: 2, bytes: 16 * 1_048_576 },
      connections: { atOnce: 4, total: 100 },
      pace: { connections: 10, perSecond: 200, seconds: 1 },
      idle: 100,
    },
  },
  termination: {
    full: {
      rounds: 3,
      bulk: { connections: 4, bytes: 192 * 1_048_576 },
      connections: { atOnce: 16, total: 1_000 },
      pace: { connections: 50, perSecond: 1_000, seconds: 3 },
      idle: 1_000,
    },
    small: {
      rounds: 1,
      bulk: { connections: 2, bytes: 8 * 1_048_576 },
      connections: { atOnce: 4, total: 40 },
      pace: { connections: 10, perSecond: 200, seconds: 1 },
      idle: 50,
    },
  },
};
