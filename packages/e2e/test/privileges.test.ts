import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, spawnProcess, startTcpEcho, temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import {
  Admin,
  CAUSEWAY,
  dialMesh,
  type GrantOptions,
  grant,
  openTcp,
  reservePort,
  START_UP_MS,
} from "../src/index.ts";
import { COMMANDS, READ_AGENTS, READ_ALL, write } from "./privileged-commands.ts";
import { shared } from "./support.ts";

const NOT_FOUND = "Unexpected response code: 403 (ACL not found)";
const LONGER_THAN_IT_LASTS_MS = 75_000;

/** One that expires while the other tests run, a minute being the shortest that a token can last. */
const facts = shared(
  async (mesh, resources) => {
    const { path } = resources.use(await temporaryDirectory());
    const echo = resources.use(await startTcpEcho());
    const expiring = await grant(mesh.agent, "expiring", READ_ALL, { lasting: "1m" });
    const file = async (name: string, text: string) => {
      await writeFile(join(path, name), text);
      return join(path, name);
    };
    const files = {
      service: await file("s.hcl", 'service { name = "s" port = 1 }'),
      sidecar: await file("t.hcl", 'service { name = "t" port = 1 connect { sidecar_service {} } }'),
      gateway: await file("g.hcl", 'Kind = "terminating-gateway"\nName = "g"\nServices = [{ Name = "s" }]'),
      defaults: await file("d.hcl", 'Kind = "service-defaults"\nName = "s"\nProtocol = "http"'),
    };
    await mesh.agent.registerExternal({ service: "seen", port: echo.port });
    await mesh.agent.registerExternal({ service: "unseen", port: echo.port });
    return { echo, expiring, files };
  },
  { acl: true },
);

let made = 0;

/** The mesh for whoever may do just what these rules say. */
async function meshAs(rules: string, options: GrantOptions = {}) {
  const { mesh } = facts();
  made += 1;
  const { secret, change, accessorId } = await grant(mesh.agent, `rules-${made}`, rules, options);
  return { mesh: mesh.as(secret), secret, change, accessorId };
}

describe("a command fails without the privilege, says so, and does it with the privilege", () => {
  test.each(COMMANDS)("$name", async ({ args, lacks, has, says }) => {
    const command = args(facts().files);
    const without = await meshAs(lacks);
    const refused = await without.mesh.causeway(...command);
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining(`Unexpected response code: 403 ${says}`) });
    expect(refused.err + refused.out).not.toContain(without.secret);
    expect(await (await meshAs(has)).mesh.causeway(...command)).toMatchObject({ status: 0 });
  });
});

describe("a proxy does not start, and says why, when its token", () => {
  const registering = (kind: string) => [
    "envoy",
    `-gateway=${kind}`,
    "-register",
    "-service",
    "gw",
    "-address",
    "127.0.0.1:1",
  ];
  test.each([
    {
      name: "may not register a terminating gateway",
      args: registering("terminating"),
      rules: `${READ_ALL} ${write("seen")}`,
      says: "Permission denied: Missing service:write on gw",
    },
    {
      name: "may not register a mesh gateway",
      args: registering("mesh"),
      rules: READ_ALL,
      says: "Permission denied: Missing service:write on gw",
    },
    {
      name: "may not see the service",
      args: ["proxy", "-sidecar-for", "v"],
      rules: READ_AGENTS,
      says: "No sidecar proxy registered for v",
    },
    {
      name: "may not ask the agent where the bus is",
      args: ["proxy", "-sidecar-for", "v"],
      rules: write("v", "v-sidecar-proxy"),
      says: "Unexpected response code: 403 (Permission denied)",
    },
  ])("$name", async ({ args, rules, says }) => {
    const { mesh } = facts();
    await mesh.agent.put("/v1/agent/service/register", { Name: "v", Port: 1, Connect: { SidecarService: {} } });
    const { status, err } = await (await meshAs(rules)).mesh.causeway("connect", ...args);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(says) });
  });
});

const UNPRIVILEGED =
  /failed {6}privileges of the terminating gateway: egress gets no certificate for ledger: Permission denied[\s\S]*\nFirst: privileges of the terminating gateway\n.*service "ledger" \{ policy = "write" \}/;

function soon(check: () => Promise<void>): Promise<void> {
  return eventually(check, { timeoutMs: START_UP_MS });
}

/** Says something over a new connection and hears it back. */
async function echoThrough(port: number): Promise<void> {
  using conversation = await openTcp(port);
  await conversation.echo("hello");
}

test("a sidecar without service:write is not ready, has no leaf and tells why, until it may", async () => {
  const { mesh, echo } = facts();
  const registration = { Name: "web", Port: echo.port, Connect: { SidecarService: { Port: await reservePort() } } };
  await mesh.agent.put("/v1/agent/service/register", registration);
  const own = await meshAs(READ_ALL);
  const env = { CONSUL_HTTP_ADDR: mesh.agent.url, CONSUL_HTTP_TOKEN: own.secret, CAUSEWAY_LOG_FORMAT: "json" };
  await using sidecar = await spawnProcess(process.execPath, [CAUSEWAY, "connect", "proxy", "-sidecar-for", "web"], {
    env,
  });
  const starting = await sidecar.waitForLine((line) => line.includes('"adminPort"'), START_UP_MS);
  const { adminPort } = JSON.parse(starting) as { readonly adminPort: number };
  const admin = new Admin(() => `127.0.0.1:${adminPort}`);
  const readiness = async () => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
    return { status: response.status, text: await response.text() };
  };
  const reason = "Permission denied: Missing service:write on web";

  await soon(async () => expect(await admin.leaves()).toMatchObject([{ service: "web", problem: reason }]));
  await soon(async () =>
    expect((await admin.routes()).unavailable).toContainEqual({
      name: "public",
      reason: `no leaf certificate: ${reason}`,
    }),
  );
  const unready = { status: 503, text: expect.stringContaining("see /debug/routes for the reason") };
  await soon(async () => expect(await readiness()).toEqual(unready));

  await own.change(`${READ_ALL} ${write("web")}`);
  await soon(async () => expect(await admin.leaves()).toMatchObject([{ service: "web", serial: expect.any(String) }]));
  await soon(async () => expect(await readiness()).toMatchObject({ status: 200 }));
  expect((await admin.routes()).unavailable).toEqual([]);
  expect(sidecar.output()).not.toContain(own.secret);
});

test("only the linked service without service:write is not reached, and one that was reached is when its privilege is gone", async () => {
  const { mesh, echo } = facts();
  for (const service of ["billing", "ledger"]) await mesh.agent.registerExternal({ service, port: echo.port });
  await mesh.agent.intention("app", "*", "allow");
  const Services = [{ Name: "billing" }, { Name: "ledger" }];
  await mesh.agent.writeEntry({ Kind: "terminating-gateway", Name: "egress", Services });
  const own = await meshAs(`${READ_ALL} ${write("egress", "billing")}`);
  await using gateway = await own.mesh.startTerminatingGateway("egress");
  const caller = await meshAs(READ_AGENTS, { identity: "app" });
  await using app = await caller.mesh.startSidecar("app", { upstreams: ["billing", "ledger"] });

  await soon(() => echoThrough(app.upstream("billing")));
  await soon(() => expect(echoThrough(app.upstream("ledger"))).rejects.toThrow("the connection ended"));
  const problem = "no leaf certificate: Permission denied: Missing service:write on ledger";
  const unprivileged = [{ name: "ledger", reason: problem }];
  await soon(async () => expect((await gateway.admin.routes()).unavailable).toEqual(unprivileged));

  const why = ["troubleshoot", "upstream", "-service", "app", "-destination", "ledger"];
  await soon(async () => {
    const told = await mesh.causeway(...why);
    expect(told).toMatchObject({ status: 1, out: expect.stringMatching(UNPRIVILEGED) });
  });
  // Whoever may not run a proxy is not told what it holds, but where it ends.
  const seen = await caller.mesh.causeway(...why);
  expect(seen).toMatchObject({
    status: 1,
    out: expect.stringMatching(/\nFirst: sidecar app-sidecar-proxy.*\n.*operator:read/),
  });
  expect(seen.out).toMatch(/\nnot checked privileges .*Missing service:write on egress, or operator:read/);

  await own.change(`${READ_ALL} ${write("egress", "billing", "ledger")}`);
  await soon(() => echoThrough(app.upstream("ledger")));

  using open = await openTcp(app.upstream("billing"));
  await open.echo("before");
  await mesh.agent.delete(`/v1/acl/token/${own.accessorId}`);
  expect(await mesh.as(own.secret).causeway("catalog", "services")).toMatchObject({ status: 1 });
  await open.echo("after");
  await echoThrough(app.upstream("billing"));
  await mesh.agent.intention("app", "billing", "deny");
  await open.closed;
  for (const { program } of [gateway, app]) {
    for (const { secret } of [own, caller]) expect(program.output()).not.toContain(secret);
  }
});

test("a mesh gateway leads to services about which its token says nothing but read, and needs no leaf for it", async () => {
  const { mesh, echo } = facts();
  await mesh.agent.intention("client", "api", "allow");
  await using _api = await (await meshAs(READ_AGENTS, { identity: "api" })).mesh.startSidecar("api", {
    port: echo.port,
  });
  const own = await meshAs(`${READ_ALL} ${write("between")}`);
  await using gateway = await own.mesh.startMeshGateway("between");
  const [identity, trust] = [await mesh.identity("client"), await mesh.trust()];
  await soon(async () => {
    using conversation = dialMesh({ port: gateway.port, identity, trust, service: "api" });
    await conversation.echo("hello");
  });
  expect(await gateway.admin.leaves()).toEqual([]);
  expect(gateway.program.output()).not.toContain(own.secret);
});

describe("what is read", () => {
  test("leaves out what may not be seen, and says so", async () => {
    const own = await meshAs('service "seen" { policy = "read" }');
    expect(await own.mesh.causeway("catalog", "services")).toEqual({ status: 0, out: "seen", err: "" });
    expect(await own.mesh.causeway("catalog", "nodes", "-service=unseen")).toMatchObject({ status: 0, out: "" });
    const response = await fetch(`${own.mesh.agent.url}/v1/catalog/services?token=${own.secret}`);
    expect(response.headers.get("X-Consul-Results-Filtered-By-ACLs")).toBe("true");
    expect(response.headers.get("X-Consul-Default-ACL-Policy")).toBe("deny");
  });

  test("is nothing without a token", async () => {
    const nobody = facts().mesh.as(undefined);
    expect(await nobody.causeway("catalog", "services")).toMatchObject({ status: 0, out: "" });
    const { status, err } = await nobody.causeway("kv", "get", "any");
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining("403 (Permission denied)") });
  });
});

const commands = [
  ["catalog", "services"],
  ["kv", "put", "k", "v"],
  ["connect", "proxy", "-sidecar-for", "web"],
];

test("a token that is not known is refused by every command", async () => {
  const stranger = facts().mesh.as(randomUUID());
  for (const command of commands) {
    expect(await stranger.causeway(...command)).toMatchObject({ status: 1, err: expect.stringContaining(NOT_FOUND) });
  }
});

// The last one: the token is about to expire by now.
test(
  "neither is one known that has expired",
  async () => {
    const late = facts().mesh.as(facts().expiring.secret);
    const refused = async () =>
      expect(await late.agent.ask("GET", "/v1/catalog/services")).toMatchObject({ status: 403 });
    await eventually(refused, { timeoutMs: LONGER_THAN_IT_LASTS_MS });
    for (const command of commands) {
      expect(await late.causeway(...command)).toMatchObject({ status: 1, err: expect.stringContaining(NOT_FOUND) });
    }
  },
  2 * LONGER_THAN_IT_LASTS_MS,
);
