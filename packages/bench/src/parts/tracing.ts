import { LOOPBACK, type Mesh, OtlpReceiver, startMesh } from "@causeway/e2e";
import { serviceServerName } from "@causeway/model";
import { eventually } from "@causeway/testkit";
import { startSurroundings } from "../data-plane/surroundings.ts";
import type { Target } from "../load/load.ts";
import { openerOf } from "../load/open-connection.ts";
import { makeLoad } from "../load/processes.ts";
import type { Part, Scale } from "../part.ts";
import { cpuOf, usageOf, whenIdle } from "../process-usage.ts";
import { median } from "../statistics.ts";
import type { Table } from "../table.ts";

/** Taken in by the gateways that are measured. */
const TAKEN_IN = "taken-in";

/** Passed on by the gateways that are measured, to one that is not. */
const PASSED_ON = "passed-on";

/** How connections are traced, with what a gateway is told for it besides where spans go. */
const SAMPLED = [
  { name: "off", export: false, ratio: "0" },
  { name: "1 %", export: true, ratio: "0.01" },
  { name: "100 %", export: true, ratio: "1" },
] as const;

type Volume = { readonly rounds: number; readonly atOnce: number; readonly total: number };
const VOLUMES: Readonly<Record<Scale, Volume>> = {
  full: { rounds: 5, atOnce: 16, total: 1_000 },
  small: { rounds: 1, atOnce: 4, total: 40 },
};

type Gateway = { readonly name: string; readonly pid: number; readonly target: Target };

/** The same gateways without tracing, with few and with all connections traced; spans go to a collector, none is dropped. */
export const tracing: Part = {
  name: "tracing",
  summary: "what a connection costs a gateway with tracing off, at 1 % and at 100 %",
  async run({ scale, say }) {
    await using resources = new AsyncDisposableStack();
    const mesh = resources.use(await startMesh());
    const { backendPort } = resources.use(await startSurroundings(say));
    const collector = resources.use(await OtlpReceiver.start("http/protobuf"));
    for (const service of [TAKEN_IN, PASSED_ON]) {
      await mesh.agent.registerExternal({ service, port: backendPort });
    }
    const end = resources.use(await mesh.startTerminatingGateway("end"));
    await end.link({ Name: PASSED_ON });
    const greetings = { takenIn: await greetingOf(mesh, TAKEN_IN), passedOn: await greetingOf(mesh, PASSED_ON) };
    const kinds = new Map<string, Gateway[]>([
      ["mutual TLS taken in", []],
      ["passed on", []],
    ]);
    for (const sampled of SAMPLED) {
      const place = placeOf(sampled, collector);
      const name = sampled.name.replace(/\W+/g, "");
      const terminating = resources.use(await mesh.startTerminatingGateway(`takes-${name}`, { place }));
      await terminating.link({ Name: TAKEN_IN });
      const passing = resources.use(await mesh.startMeshGateway(`passes-${name}`, { place }));
      const of = (port: number, greeting: Target["greeting"], pid: number) => {
        return { name: sampled.name, pid, target: { port, greeting } };
      };
      kinds.get("mutual TLS taken in")?.push(of(terminating.port, greetings.takenIn, terminating.program.pid));
      kinds.get("passed on")?.push(of(passing.port, greetings.passedOn, passing.program.pid));
    }
    const tables: Table[] = [];
    for (const [kind, gateways] of kinds) tables.push(await compare(kind, gateways, VOLUMES[scale], say));
    return tables;
  },
};

function placeOf(sampled: (typeof SAMPLED)[number], collector: OtlpReceiver) {
  const variables = {
    ...collector.variables,
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: sampled.ratio,
    OTEL_BSP_MAX_QUEUE_SIZE: "100000",
  };
  const env = sampled.export ? Object.entries(variables).map(([name, value]) => `${name}=${value}`) : [];
  return { ...LOOPBACK, within: ["env", ...env] };
}

async function greetingOf(mesh: Mesh, service: string): Promise<Target["greeting"]> {
  const [client, trust] = await Promise.all([mesh.identity("web"), mesh.trust()]);
  const serverName = serviceServerName({ service, datacenter: "dc1", trustDomain: trust.trustDomain });
  return { kind: "mutual-tls", ...client, ca: trust.rootsPem, serverName };
}

/** Sends the same to all of them in turn; each hello is another, and so is each trace. */
async function compare(
  kind: string,
  gateways: readonly Gateway[],
  { rounds, ...connections }: Volume,
  say: (progress: string) => void,
): Promise<Table> {
  for (const { target } of gateways) await eventually(async () => (await openerOf(target)()).reset());
  const micros = new Map<Gateway, number[]>(gateways.map((gateway) => [gateway, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const gateway of gateways) {
      say(`Tracing: ${kind}, ${gateway.name}, round ${round} of ${rounds}`);
      micros.get(gateway)?.push(await microsPerConnection(gateway, connections));
    }
  }
  const found = gateways.map((gateway) => ({ gateway, micros: median(micros.get(gateway) ?? []) }));
  const [without] = found;
  const rows = await Promise.all(
    found.map(async ({ gateway: { name, pid }, micros }) => {
      const { residentBytes } = await usageOf(pid);
      return { name, values: [micros, micros / (without?.micros ?? Number.NaN), residentBytes / 1e6] };
    }),
  );
  const columns = [
    { heading: "CPU µs/connection", decimals: 0, plotted: true },
    { heading: "ratio", decimals: 2 },
    { heading: "RSS MB after", decimals: 0 },
  ];
  return { title: `Tracing: ${kind}`, of: "traced", columns, rows };
}

/** Processor time of a connection in microseconds, until what it leaves has been sent to the collector. */
async function microsPerConnection({ pid, target }: Gateway, connections: Omit<Volume, "rounds">): Promise<number> {
  await whenIdle(pid);
  const { cpuSeconds } = await cpuOf(pid, async () => {
    await makeLoad({ kind: "connections", target, ...connections });
    await whenIdle(pid);
  });
  return (cpuSeconds * 1e6) / connections.total;
}
