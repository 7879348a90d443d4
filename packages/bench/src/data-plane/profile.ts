import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { spawnProcess, temporaryDirectory } from "@causeway/testkit";
import type { Load, Target } from "../load/load.ts";
import { makeLoad } from "../load/processes.ts";
import { cpuOf } from "../process-usage.ts";
import { countSamples, PLACES, type Samples } from "../samples.ts";
import type { Row, Table } from "../table.ts";
import { findProgram } from "./find-program.ts";
import type { Measurement, Volume } from "./measure.ts";

/** Samples a second of processor time: enough for a load of a second, and a prime, so that nothing keeps step with it. */
const FREQUENCY = "997";

/** Longest wait until perf has taken hold, and until it has read what it wrote. */
const PERF_WITHIN_MS = 120_000;

/** Where each proxy's processor time goes under each load. Throws where perf is not installed. */
export async function profile(measurement: Measurement): Promise<Table> {
  const perf = findProgram("perf");
  if (perf === undefined) throw new Error("--profile needs perf; on Debian: apt-get install linux-perf");
  const { title, contestants, greeting, volume, options } = measurement;
  const rows: Row[] = [];
  for (const { name, pid, port } of contestants) {
    if (pid === undefined) continue;
    for (const { unit, load, per } of loadsOf({ port, greeting }, volume)) {
      options.say(`${title}: profile of ${name}, ${unit}`);
      // What is looked at is a proxy at work, not one whose code is still being compiled.
      await makeLoad(load);
      const { cpuSeconds, result } = await cpuOf(pid, () => sampled(perf, pid, () => makeLoad(load)));
      rows.push({ name: `${name}: ${unit}`, values: shares(result, cpuSeconds * per) });
    }
  }
  const columns = ["in all", ...PLACES, "of it main thread"].map((heading) => ({ heading, decimals: 0 }));
  return { title: `${title}, where processor time goes`, of: "proxy", columns, rows };
}

/** What is sent, and what a second of processor time is in the unit that the outcome is told in. */
function loadsOf(target: Target, { bulk, connections }: Volume) {
  const perGb = 1e12 / (bulk.connections * bulk.bytes);
  const perConnection = 1e6 / connections.total;
  const opened = { kind: "connections", target, ...connections } as const;
  const loads: { readonly unit: string; readonly load: Load; readonly per: number }[] = [
    { unit: "ms/GB up", load: { kind: "transfer", target, direction: "up", ...bulk }, per: perGb },
    { unit: "ms/GB down", load: { kind: "transfer", target, direction: "down", ...bulk }, per: perGb },
    { unit: "µs/connection", load: opened, per: perConnection },
  ];
  if (target.greeting.kind === "mutual-tls") {
    loads.push({ unit: "µs/resumed", load: { ...opened, resumed: true }, per: perConnection });
  }
  return loads;
}

/** Samples a process while `work` runs. */
async function sampled(perf: string, pid: number, work: () => Promise<unknown>): Promise<Samples> {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, "perf.data");
  // What perf runs is run once it has taken hold, and goes on until perf is told to end.
  const said = "sampling";
  const until = ["--", "/bin/sh", "-c", `echo ${said}; exec sleep 3600`];
  const events = ["-e", "cpu-clock", "-F", FREQUENCY, "-p", `${pid}`, "-o", file];
  const recording = await spawnProcess(perf, ["record", ...events, ...until], {
    readyWhen: (line) => line === said,
    readyTimeoutMs: PERF_WITHIN_MS,
  });
  try {
    await work();
  } finally {
    recording.signal("SIGINT");
    await recording.exited;
  }
  // Tens of thousands of lines are more than is kept of what a process writes.
  await using script = await spawnProcess("/bin/sh", [
    "-c",
    'exec "$0" script -i "$1" -F tid,ip,sym,dso > "$1.txt" 2>/dev/null',
    perf,
    file,
  ]);
  await script.exited;
  return countSamples(await readFile(`${file}.txt`, "utf8"), pid);
}

function shares(samples: Samples, inAll: number): readonly number[] {
  const total = PLACES.reduce((sum, place) => sum + samples[place], 0);
  return [inAll, ...[...PLACES, "main thread" as const].map((place) => (inAll * samples[place]) / total)];
}
