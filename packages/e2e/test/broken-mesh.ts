import { runCommandLine } from "@causeway/cli/program";
import {
  createTestCa,
  issueCertificate,
  type KeyedCertificate,
  type SpawnedProcess,
  spawnProcess,
  startTcpEcho,
  startTlsServer,
  temporaryDirectory,
} from "@causeway/testkit";
import { CAUSEWAY, type LinkedService, type Mesh, reservePort, type UpstreamOptions } from "../src/index.ts";
import { startService } from "./two-datacenters.ts";

/** Services outside of the mesh that intentions, or the want of them, keep others from. */
export const DENIED = ["denied", "denied-to-all", "denied-by-default"] as const;

const HOUR_MS = 3_600_000;

/** What a diagnosis says, as far as tests look at it. */
export type Diagnosis = {
  readonly status: number;
  readonly step: string;
  readonly detail: string;
  readonly remedy: string;
  /** State and detail of each step. */
  readonly states: Readonly<Record<string, string>>;
};

type Report = {
  readonly FirstFailed?: string;
  readonly Remedy?: string;
  readonly Steps: readonly { readonly ID: string; readonly State: string; readonly Detail: string }[];
};

/** Runs a command line in this process against the agent of a mesh. */
export async function command(mesh: Mesh, ...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const context: Parameters<typeof runCommandLine>[1] = {
    env: { CONSUL_HTTP_ADDR: mesh.agent.url, CONSUL_HTTP_TOKEN: mesh.agent.token },
    out: (text) => void out.push(text),
    outBytes: () => undefined,
    err: (text) => void err.push(text),
    readStdin: async () => "",
    readStdinBytes: async () => Buffer.of(),
  };
  const status = await runCommandLine(args, context);
  return { status, out: out.join("\n"), err: err.join("\n") };
}

/** What `troubleshoot upstream` says. */
export async function troubleshoot(mesh: Mesh, ...args: readonly string[]): Promise<Diagnosis> {
  const { status, out, err } = await command(mesh, "troubleshoot", "upstream", "-json", ...args);
  if (!out.startsWith("{")) throw new Error(`status ${status}: ${err}`);
  const { FirstFailed: step = "", Remedy: remedy = "", Steps } = JSON.parse(out) as Report;
  const detail = Steps.find(({ ID }) => ID === step)?.Detail ?? "";
  const states = Object.fromEntries(Steps.map(({ ID, State, Detail }) => [ID, `${State}: ${Detail}`]));
  return { status, step, detail, remedy, states };
}

/** Services outside of the mesh, by how they are broken; each is linked to the gateway "egress". */
export async function startOutside(mesh: Mesh, resources: AsyncDisposableStack): Promise<readonly LinkedService[]> {
  const files = resources.use(await temporaryDirectory());
  const [ca, other] = [await createTestCa({ commonName: "Outside CA" }), await createTestCa()];
  const caFile = await files.write("ca.pem", ca.cert);
  const client = await issueCertificate({ ca, commonName: "gateway" });
  const stranger = await issueCertificate({ ca, commonName: "stranger" });
  const certFile = await files.write("client.pem", client.cert);
  const keyFile = await files.write("client.key", client.key);
  const strangersKey = await files.write("stranger.key", stranger.key);
  const serve = async (service: string, signer: KeyedCertificate = ca, notAfter?: Date) => {
    const dates = notAfter === undefined ? {} : { notAfter };
    const certificate = await issueCertificate({
      ca: signer,
      commonName: service,
      dnsNames: [`${service}.example`],
      ...dates,
    });
    const server = resources.use(await startTlsServer(certificate));
    await mesh.agent.registerExternal({ service, port: server.port });
  };
  await serve("billing");
  await serve("ca-missing");
  await serve("wrong-key");
  await serve("wrong-name");
  await serve("unknown-ca", other);
  await serve("expired", ca, new Date(Date.now() - HOUR_MS / 2));
  await mesh.agent.registerExternal({ service: "down", port: await reservePort() });
  for (const service of ["unlinked", "orphan", ...DENIED]) await mesh.agent.registerExternal({ service, port: 1 });
  await registerSick(mesh);
  const named = (Name: string) => ({ Name, CAFile: caFile, SNI: `${Name}.example` });
  return [
    { ...named("billing"), CertFile: certFile, KeyFile: keyFile },
    { ...named("ca-missing"), CAFile: `${files.path}/gone.pem` },
    { ...named("wrong-key"), CertFile: certFile, KeyFile: strangersKey },
    { ...named("wrong-name"), SNI: "other.example" },
    named("unknown-ca"),
    named("expired"),
    { Name: "down" },
    { Name: "sick" },
    ...DENIED.map((Name) => ({ Name })),
  ];
}

/** An instance whose health check says what is wrong with it. */
async function registerSick(mesh: Mesh): Promise<void> {
  await mesh.agent.put("/v1/catalog/register", {
    Node: "external-sick",
    Address: "127.0.0.1",
    Service: { ID: "sick", Service: "sick", Port: 1 },
    Check: { Name: "port", CheckID: "port", ServiceID: "sick", Status: "critical", Output: "connection refused" },
  });
}

/** An upstream as a registration has it. */
export type DeclaredUpstream = {
  readonly DestinationName: string;
  readonly DestinationType?: string;
  readonly LocalBindPort: number;
};

/** Registers a service with a sidecar that nobody looks after, without running it. */
export async function registerOnly(mesh: Mesh, Name: string, Upstreams: readonly DeclaredUpstream[] = []) {
  const Checks = [{ Name: "application", AliasService: Name }];
  const SidecarService = { Port: await reservePort(), Checks, Proxy: { Upstreams } };
  await mesh.agent.put("/v1/agent/service/register", {
    Name,
    Port: await reservePort(),
    Connect: { SidecarService },
  });
}

/** Runs the sidecar of a service that can never be ready, until it is ended; resolves when its process has begun. */
export async function startUnready(mesh: Mesh, service: string): Promise<SpawnedProcess> {
  const args = [CAUSEWAY, "connect", "proxy", "-sidecar-for", service];
  const env = {
    CONSUL_HTTP_ADDR: mesh.agent.url,
    CAUSEWAY_LOG_FORMAT: "json",
    CAUSEWAY_EXIT_WITH_PARENT: String(process.pid),
  };
  return spawnProcess(process.execPath, args, { env });
}

/** A process that stands in for the sidecar of `service`, with a certificate of no CA of the mesh. */
export async function startImpostor(mesh: Mesh, service: string, resources: AsyncDisposableStack): Promise<void> {
  const ca = await createTestCa();
  const server = resources.use(await startTlsServer(await issueCertificate({ ca, commonName: service })));
  await mesh.agent.put("/v1/agent/service/register", {
    Name: service,
    Port: await reservePort(),
    Connect: { SidecarService: { Address: "127.0.0.1", Port: server.port } },
  });
}

/** A service whose sidecar runs, and whose application does not. */
export async function startWithoutApplication(mesh: Mesh, service: string, resources: AsyncDisposableStack) {
  return resources.use(await mesh.startSidecar(service));
}

/** The service that calls all of them, with a sidecar that runs. */
export function startCaller(mesh: Mesh, upstreams: readonly (string | UpstreamOptions)[]) {
  return startService(mesh, "web", "web", { upstreams });
}

/** Something that listens on a port which an upstream is to have. */
export async function occupy(resources: AsyncDisposableStack): Promise<number> {
  return resources.use(await startTcpEcho({ port: await reservePort() })).port;
}
