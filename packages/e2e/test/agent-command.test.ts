import {
  createTestCa,
  eventually,
  issueCertificate,
  type SpawnedProcess,
  spawnProcess,
  startNatsServer,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { expect, test } from "vitest";
import { AgentApi, CAUSEWAY, processesOf, reservePort, runCauseway, START_UP_MS } from "../src/index.ts";

const TEST_MS = 3 * START_UP_MS;

/** Starts `causeway agent` with its temporary files, and so a word of its own in the environment of all that it starts, in `folder`. */
function agent(folder: string, ...args: readonly string[]): Promise<SpawnedProcess> {
  return agentOn(undefined, folder, ...args);
}

/** Does so on a NATS that is there, or on one of its own. */
function agentOn(natsUrl: string | undefined, folder: string, ...args: readonly string[]): Promise<SpawnedProcess> {
  const env = { CAUSEWAY_NATS_URL: natsUrl, CAUSEWAY_NATS_DIR: undefined, TMPDIR: folder };
  return spawnProcess(process.execPath, [CAUSEWAY, "agent", ...args], { env });
}

const RUNNING = "==> Consul agent running!";

const running = (process: SpawnedProcess) => process.waitForLine((line) => line === RUNNING, START_UP_MS);

const listening = (process: SpawnedProcess) => process.waitForLine((line) => line.includes('"listening"'), START_UP_MS);

/** Ends it as Ctrl-C does, and sees to it that nothing is left of it. */
async function interrupted(process: SpawnedProcess, folder: string): Promise<void> {
  process.signal("SIGINT");
  expect(await process.exited).toEqual({ code: 0, signal: null });
  await eventually(async () => expect(await processesOf(folder)).toEqual([]), { timeoutMs: START_UP_MS });
}

test(
  "-dev has a leader and a root once it runs; two know nothing of each other",
  async () => {
    await using folders = new AsyncDisposableStack();
    const start = async (node: string) => {
      const { path } = folders.use(await temporaryDirectory());
      const port = await reservePort();
      const process = folders.use(await agent(path, "-dev", "-node", node, `-http-port=${port}`));
      await running(process);
      return { path, process, api: new AgentApi(`http://127.0.0.1:${port}`) };
    };
    const [one, two] = await Promise.all([start("one"), start("two")]);
    for (const { process, api } of [one, two]) {
      expect(await api.get("/v1/status/leader")).toMatch(/:8300$/);
      expect(await api.get("/v1/connect/ca/roots")).toMatchObject({ Roots: [{ Active: true }] });
      const said = process.lines.map(({ text }) => /^\{.*"msg":"(listening|ready)"/.exec(text)?.[1] ?? text);
      expect(said.filter((line) => ["listening", "ready", RUNNING].includes(line))).toEqual([
        "listening",
        "ready",
        RUNNING,
      ]);
    }
    await one.api.registerExternal({ service: "only-one", port: 1 });
    expect(await one.api.get("/v1/catalog/services")).toHaveProperty("only-one");
    expect(await two.api.get("/v1/catalog/services")).not.toHaveProperty("only-one");
    expect(await two.api.get("/v1/agent/self")).toMatchObject({ Config: { NodeName: "two", Datacenter: "dc1" } });
    await interrupted(one.process, one.path);
    await interrupted(two.process, two.path);
  },
  TEST_MS,
);

test(
  "without a control plane it answers, and is not said to run before there is one, on another agent's machine for instance",
  async () => {
    await using nats = await startNatsServer();
    await using folders = new AsyncDisposableStack();
    const start = async (...args: readonly string[]) => {
      const { path } = folders.use(await temporaryDirectory());
      const port = await reservePort();
      const data = ["-data-dir", `${path}/data`, `-http-port=${port}`];
      const process = folders.use(await agentOn(nats.url, path, ...data, ...args));
      return { path, process, api: new AgentApi(`http://127.0.0.1:${port}`) };
    };
    const client = await start("-node", "client");
    await listening(client.process);
    expect(await client.api.get("/v1/agent/self")).toMatchObject({ Config: { NodeName: "client" } });
    expect(await client.api.ask("GET", "/v1/connect/ca/roots")).toEqual({ status: 500, text: "No cluster leader" });
    expect(client.process.output()).not.toContain(RUNNING);

    const server = await start("-node", "server", "-server");
    await running(client.process);
    expect(await client.api.get("/v1/connect/ca/roots")).toMatchObject({ Roots: [{ Active: true }] });
    await running(server.process);
    expect(await server.api.get("/v1/connect/ca/roots")).toEqual(await client.api.get("/v1/connect/ca/roots"));
    await interrupted(client.process, client.path);
    await interrupted(server.process, server.path);
  },
  TEST_MS,
);

const CLUSTER = "11111111-2222-3333-4444-555555555555";
const NODE = "40e4a748-2192-161a-0510-9bf59fe950b5";

/** Writes the certificates of an agent and of its client, and the configuration files of the agent. */
async function configured({ path, write }: TemporaryDirectory, httpsPort: number) {
  const ca = await createTestCa();
  const own = await issueCertificate({ ca, commonName: "agent", ipAddresses: ["127.0.0.1"] });
  const client = await issueCertificate({ ca, commonName: "client" });
  const tls = {
    ca_file: await write("tls/ca.pem", ca.cert),
    cert_file: await write("tls/agent.pem", own.cert),
    key_file: await write("tls/agent-key.pem", own.key),
  };
  const clientFiles = [
    `-ca-file=${tls.ca_file}`,
    `-client-cert=${await write("tls/client.pem", client.cert)}`,
    `-client-key=${await write("tls/client-key.pem", client.key)}`,
  ];
  const socket = `unix://${path}/agent.sock`;
  const file = await write(
    "agent.json",
    JSON.stringify({
      ...tls,
      node_name: "from-file",
      node_id: NODE,
      node_meta: { rack: "r1" },
      data_dir: `${path}/data`,
      server: true,
      bootstrap: true,
      performance: { raft_multiplier: 1 },
      addresses: { http: socket },
      ports: { https: httpsPort, dns: -1 },
      verify_incoming: true,
      connect: { enabled: true, ca_config: { cluster_id: CLUSTER } },
    }),
  );
  await write("d/node.hcl", 'node_name = "from-folder"');
  await write("d/web.hcl", 'service { name = "web" port = 80 connect { sidecar_service {} } }');
  return { args: ["-config-file", file, "-config-dir", `${path}/d`], socket, clientFiles, ca: tls.ca_file };
}

test(
  "files say where the agent is, who it is and what runs there; SIGHUP and reload read them again; state is kept",
  async () => {
    await using directory = await temporaryDirectory();
    const { path, write } = directory;
    const httpsPort = await reservePort();
    const { args, socket, clientFiles, ca } = await configured(directory, httpsPort);
    const https = `https://127.0.0.1:${httpsPort}`;
    const services = async () => (await runCauseway(["catalog", "services", `-http-addr=${socket}`])).out.split("\n");
    await using first = await agent(path, ...args, "-hcl", 'service { name = "by-flag" port = 1 }');
    await running(first);
    await eventually(async () => expect(await services()).toEqual(["by-flag", "consul", "web", "web-sidecar-proxy"]));
    const unused = first.lines.map(({ text }) => text).filter((line) => line.includes("Without a meaning here"));
    expect(unused).toEqual(["==> Without a meaning here: bootstrap, performance, ports.dns"]);
    const nodes = await runCauseway(["catalog", "nodes", "-detailed", `-http-addr=${https}`, ...clientFiles]);
    expect(nodes.out).toMatch(new RegExp(`from-folder +${NODE} .*rack=r1`));
    const stranger = await runCauseway(["catalog", "nodes", `-http-addr=${https}`, `-ca-file=${ca}`]);
    expect(stranger).toMatchObject({ status: 1, err: expect.stringContaining(`no agent answers at ${https}`) });

    await write("d/api.hcl", 'service { name = "api" port = 81 }');
    first.signal("SIGHUP");
    await eventually(async () => expect(await services()).toContain("api"));
    await write("d/api.hcl", 'service { name = "api2" port = 81 }');
    expect(await runCauseway(["reload", `-http-addr=${socket}`])).toMatchObject({ status: 0 });
    await eventually(async () => expect(await services()).toEqual(expect.arrayContaining(["api2", "by-flag", "web"])));
    expect(await services()).not.toContain("api");
    await write("d/api.hcl", "service { nam = 1 }");
    const refused = await runCauseway(["reload", `-http-addr=${socket}`]);
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining("invalid config key service.nam") });
    await write("d/api.hcl", "");

    expect((await runCauseway(["kv", "put", "kept", "yes", `-http-addr=${socket}`])).status).toBe(0);
    await interrupted(first, path);

    await using second = await agent(path, ...args);
    await running(second);
    await eventually(async () => {
      expect((await runCauseway(["kv", "get", "kept", `-http-addr=${socket}`])).out).toBe("yes");
      expect(await services()).toEqual(["consul", "web", "web-sidecar-proxy"]);
    });
    await interrupted(second, path);
  },
  TEST_MS,
);

test(
  "with ACLs it asks for tokens, and has its trust domain's name from the configuration; it runs, however little it logs",
  async () => {
    await using directory = await temporaryDirectory();
    const port = await reservePort();
    const acls = 'acl { enabled = true default_policy = "deny" tokens { master = "root" } }';
    const ca = `connect { ca_config { cluster_id = "${CLUSTER}" } }`;
    const quietly = ["-dev", `-http-port=${port}`, "-log-level=err"];
    await using process = await agent(directory.path, ...quietly, "-hcl", acls, "-hcl", ca);
    await running(process);
    const api = new AgentApi(`http://127.0.0.1:${port}`);
    await eventually(async () => {
      expect(await api.ask("PUT", "/v1/kv/a?token=root", 1)).toMatchObject({ status: 200 });
    });
    expect(await api.ask("PUT", "/v1/kv/a", 1)).toMatchObject({ status: 403 });
    expect(await api.get("/v1/connect/ca/roots")).toMatchObject({ TrustDomain: `${CLUSTER}.consul` });
    await interrupted(process, directory.path);
  },
  TEST_MS,
);

test(
  "what cannot be used is told, and nothing is left running",
  async () => {
    await using directory = await temporaryDirectory();
    const bad = await directory.write("bad.hcl", 'node_name = "n"\nnode_nam = 1');
    const env = { TMPDIR: directory.path };
    const refusals = [
      {
        args: ["-dev", "-config-file", bad],
        err: `Error parsing ${bad}: 1 error occurred:\n\t* invalid config key node_nam`,
      },
      { args: ["-dev", "-hcl", "bogus = 1"], err: "invalid config key bogus" },
      { args: ["-dev", "-config-file", "/nowhere.hcl"], err: "config: Open failed on /nowhere.hcl" },
      { args: ["-server"], err: "data_dir cannot be empty" },
      { args: ["-dev", "-http-port", "x"], err: 'invalid value "x" for flag -http-port: parse error' },
    ];
    for (const { args, err } of refusals) {
      const result = await runCauseway(["agent", ...args], env);
      expect(result).toMatchObject({ status: 1, err: expect.stringContaining(err) });
    }
    const port = await reservePort();
    await using taking = await agent(directory.path, "-dev", `-http-port=${port}`);
    await listening(taking);
    const second = await runCauseway(["agent", "-dev", `-http-port=${port}`], { ...env, CAUSEWAY_NATS_URL: undefined });
    expect(second).toMatchObject({ status: 1, err: expect.stringContaining("EADDRINUSE") });
    await interrupted(taking, directory.path);
  },
  TEST_MS,
);
