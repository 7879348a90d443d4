import { LOOPBACK, type Mesh, type MeshGateway, startMesh, type TerminatingGateway } from "@causeway/e2e";
import { serviceServerName } from "@causeway/model";
import { captureClientHello } from "@causeway/testkit";
import { type ColdStart, coldStart, type Started } from "../data-plane/first-connection.ts";
import { haproxyPassthrough, haproxyTermination } from "../data-plane/haproxy.ts";
import { nginxPassthrough, nginxTermination } from "../data-plane/nginx.ts";
import type { PreparedPeer } from "../data-plane/peer.ts";
import { startSurroundings } from "../data-plane/surroundings.ts";
import type { Target } from "../load/load.ts";
import type { Part } from "../part.ts";
import { medians } from "../statistics.ts";
import type { Row, Table } from "../table.ts";

/** What is passed through by a mesh gateway, and what is taken in by a terminating one. */
const PASSED = "passed";
const TAKEN = "taken";

const STARTS = { full: 3, small: 1 } as const;

const WAYS = ["passthrough", "termination"] as const;
type Way = (typeof WAYS)[number];

/** What is started cold, once for what is passed through and once for mutual TLS. */
type Starter = Readonly<Record<Way, () => Promise<Started>>> & { readonly name: string };

/** From the start of a process until it has carried its first connection. */
export const coldStarts: Part = {
  name: "cold-start",
  summary: "from the start of a process to its first connection carried, beside HAProxy and nginx",
  async run({ scale, say }) {
    await using mesh = await startMesh();
    await using surroundings = await startSurroundings(say);
    const { backendPort: Port, prepare } = surroundings;
    const Service = { Service: PASSED, Port, Connect: { Native: true } };
    await mesh.agent.put("/v1/catalog/register", { Node: "measured", Address: "127.0.0.1", Service });
    await mesh.agent.registerExternal({ service: TAKEN, port: Port });
    const [client, server, trust] = await Promise.all([mesh.identity("web"), mesh.identity(TAKEN), mesh.trust()]);
    const ca = trust.rootsPem;
    const serverNameOf = (service: string) =>
      serviceServerName({ service, datacenter: "dc1", trustDomain: trust.trustDomain });
    const hello = await captureClientHello(serverNameOf(PASSED));
    const peers = [
      [haproxyPassthrough, haproxyTermination({ ...server, ca })],
      [nginxPassthrough, nginxTermination({ ...server, ca })],
    ] as const;
    const starters = [await ourStarter(mesh, "splice"), await ourStarter(mesh, "stream")];
    for (const [passing, taking] of peers) {
      const [passthrough, termination] = [await prepare(passing), await prepare(taking)];
      if (passthrough === undefined || termination === undefined) continue;
      starters.push({ name: passthrough.name, passthrough: startOf(passthrough), termination: startOf(termination) });
    }
    const greetings = {
      passthrough: { kind: "hello", hello: hello.toString("base64") },
      termination: { kind: "mutual-tls", ...client, ca, serverName: serverNameOf(TAKEN) },
    } as const;
    return [await measureStarts(starters, greetings, STARTS[scale], say)];
  },
};

/** Whole gateways, started by the command that registers them, whose connections are carried by this engine. */
async function ourStarter(mesh: Mesh, engine: "splice" | "stream"): Promise<Starter> {
  const place = { ...LOOPBACK, within: ["env", `CAUSEWAY_ENGINE=${engine}`] };
  const taking = `${engine}-taking`;
  await mesh.agent.writeEntry({ Kind: "terminating-gateway", Name: taking, Services: [{ Name: TAKEN }] });
  return {
    name: `Causeway, ${engine}`,
    passthrough: async () => started(await mesh.startMeshGateway(`${engine}-passing`, { place })),
    termination: async () => started(await mesh.startTerminatingGateway(taking, { place })),
  };
}

function startOf({ port, launch }: PreparedPeer): () => Promise<Started> {
  return async () => {
    const process = await launch();
    return { port, pid: process.pid, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
  };
}

function started(gateway: MeshGateway | TerminatingGateway): Started {
  const { port, program } = gateway;
  return { port, pid: program.pid, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

async function measureStarts(
  starters: readonly Starter[],
  greetings: Readonly<Record<Way, Target["greeting"]>>,
  starts: number,
  say: (progress: string) => void,
): Promise<Table> {
  const rounds = starters.map(() => ({ passthrough: [] as ColdStart[], termination: [] as ColdStart[] }));
  for (let n = 1; n <= starts; n++) {
    say(`cold starts, round ${n} of ${starts}`);
    for (const [at, starter] of starters.entries()) {
      for (const way of WAYS) {
        rounds[at]?.[way].push(await coldStart(starter[way], greetings[way]));
      }
    }
  }
  const rows = starters.map(({ name }, at): Row => {
    const found = WAYS.map((way) => medians<keyof ColdStart>(rounds[at]?.[way] ?? []));
    return { name, values: found.flatMap(({ seconds, cpuSeconds }) => [seconds * 1e3, cpuSeconds * 1e3]) };
  });
  return {
    title: `First connection carried after the start of a process, ${starts} times`,
    of: "proxy",
    columns: [
      { heading: "passthrough ms", decimals: 0, plotted: true },
      { heading: "CPU ms passthrough", decimals: 0, plotted: true },
      { heading: "mutual TLS ms", decimals: 0, plotted: true },
      { heading: "CPU ms mutual TLS", decimals: 0, plotted: true },
    ],
    rows,
  };
}
