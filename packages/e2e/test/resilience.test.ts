import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { type AgentApi, call, openTcp, SERVICES, START_UP_MS, startHttpServer, Traffic } from "../src/index.ts";
import { callSoon, echoSoon, refusedSoon, shared } from "./support.ts";

/** So many calls take about a second: the time in which something would go wrong. */
const SOME_CALLS = 100;

const CHANGES = [...SERVICES, "nats"].map((name) => `after-${name}`);

const facts = shared(async (mesh, resources) => {
  const [steady, echo] = await Promise.all([startHttpServer("steady"), startTcpEcho()]);
  resources.use(steady);
  resources.use(echo);
  const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
  const web = resources.use(await mesh.startSidecar("web", { upstreams: ["steady", "echo", ...CHANGES] }));
  await mesh.agent.registerExternal({ service: "steady", port: steady.port });
  await mesh.agent.registerExternal({ service: "echo", port: echo.port });
  await mesh.agent.intention("web", "steady", "allow");
  await mesh.agent.intention("*", "steady", "deny");
  await mesh.agent.writeEntry({ Kind: "service-defaults", Name: "steady" });
  await gateway.link({ Name: "steady" }, { Name: "echo" });
  await callSoon(web.upstream("steady"));
  await echoSoon(web.upstream("echo"));
  return { gateway, web, steady };
});

/** Everything that the control plane has acknowledged, as the agent shows it. */
async function acknowledged(agent: AgentApi) {
  const paths = [
    "/v1/catalog/services",
    "/v1/catalog/service/steady",
    "/v1/catalog/gateway-services/gateway",
    "/v1/health/connect/steady",
    "/v1/config/terminating-gateway",
    "/v1/config/service-defaults",
    "/v1/connect/intentions",
    "/v1/connect/ca/roots",
    "/v1/agent/services",
  ];
  return Promise.all(paths.map(async (path) => [path, await agent.get(path)]));
}

/** Registers, links, denies and allows a service that was not there before: nothing of that works unless every service does. */
async function change(service: string): Promise<void> {
  const { mesh, gateway, web, steady } = facts();
  await mesh.agent.registerExternal({ service, port: steady.port });
  await gateway.link({ Name: service });
  await callSoon(web.upstream(service));
  await mesh.agent.intention("web", service, "deny");
  await refusedSoon(web.upstream(service));
  await mesh.agent.deleteIntention("web", service);
  await callSoon(web.upstream(service));
}

for (const name of SERVICES) {
  test(`kill -9 of ${name}: traffic goes on, nothing acknowledged is lost, and changes take effect again`, async () => {
    const { mesh, web } = facts();
    using open = await openTcp(web.upstream("echo"));
    await open.echo("before");
    const before = await acknowledged(mesh.agent);
    await using traffic = new Traffic(web.upstream("steady"));

    await mesh.kill9(name);
    await traffic.more(SOME_CALLS);
    await mesh.restart(name);
    await eventually(async () => expect(await acknowledged(mesh.agent)).toEqual(before), { timeoutMs: START_UP_MS });
    await change(`after-${name}`);

    await traffic.more(SOME_CALLS);
    await open.echo("after");
    expect(traffic.failures).toEqual([]);
  });
}

test("a write whose owner is stopped fails as one of unknown outcome, and is not carried out when the owner goes on", async () => {
  const { mesh } = facts();
  const entry = (Name: string) => ({ Kind: "service-defaults", Name });
  const owner = mesh.pid("config-entries");
  process.kill(owner, "SIGSTOP");
  try {
    const { status, text } = await mesh.agent.ask("PUT", "/v1/config", entry("too-late"));
    expect(status).toBe(500);
    expect(text).toContain("it is unknown whether this was carried out");
  } finally {
    process.kill(owner, "SIGCONT");
  }
  // The owner takes up what it has been sent in its order.
  await mesh.agent.writeEntry(entry("in-time"));
  const names = (await mesh.agent.get<{ Name: string }[]>("/v1/config/service-defaults")).map(({ Name }) => Name);
  expect(names).toContain("in-time");
  expect(names).not.toContain("too-late");
});

test("kill -9 of NATS for some seconds: traffic goes on, nothing is lost, and changes take effect again", async () => {
  const { mesh, web } = facts();
  using open = await openTcp(web.upstream("echo"));
  await open.echo("before");
  const before = await acknowledged(mesh.agent);
  await using traffic = new Traffic(web.upstream("steady"));

  await mesh.nats.kill();
  await traffic.more(3 * SOME_CALLS);
  await mesh.nats.restart();
  await eventually(() => mesh.agent.registerExternal({ service: "probe", port: 1 }), { timeoutMs: START_UP_MS });
  await mesh.agent.deregisterExternal("probe");
  await eventually(async () => expect(await acknowledged(mesh.agent)).toEqual(before), { timeoutMs: START_UP_MS });
  await change("after-nats");

  await traffic.more(SOME_CALLS);
  await open.echo("after");
  expect(traffic.failures).toEqual([]);
});

test("a gateway and a sidecar that are killed while NATS is away start from what they last knew", async () => {
  const { mesh, gateway, web } = facts();
  await mesh.nats.kill();
  await Promise.all([gateway.program.kill9(), web.program.kill9()]);
  await expect(call(web.upstream("steady"))).rejects.toThrow();
  await Promise.all([gateway.program.restart(), web.program.restart()]);
  await eventually(() => call(web.upstream("steady")), { timeoutMs: START_UP_MS });
  await mesh.nats.restart();
});

test("kill -9 of the gateway: traffic comes back when it does", async () => {
  const { gateway, web } = facts();
  await gateway.program.kill9();
  await expect(call(web.upstream("steady"))).rejects.toThrow();
  await gateway.program.restart();
  await eventually(() => call(web.upstream("steady")), { timeoutMs: START_UP_MS });
});

/** A second replica of the gateway, as soon as web's sidecar would call either of the two. */
async function startSecondReplica() {
  const { mesh, gateway, web } = facts();
  const second = await mesh.startTerminatingGateway("gateway", { id: "gateway-2" });
  await eventually(
    async () => {
      const { routes } = await web.admin.routes();
      const usable = routes.find(({ name }) => name === "steady")?.endpoints.filter(({ healthy }) => healthy) ?? [];
      expect(usable.map(({ port }) => port).sort()).toEqual([gateway.port, second.port].sort());
    },
    { timeoutMs: START_UP_MS },
  );
  return second;
}

test("a second replica of the same name takes over from one that is killed", async () => {
  const { gateway, web } = facts();
  await using _second = await startSecondReplica();
  await using traffic = new Traffic(web.upstream("steady"));
  await traffic.more(SOME_CALLS);
  expect(traffic.failures).toEqual([]);

  await gateway.program.kill9();
  const { length: lost } = traffic.failures;
  await traffic.more(SOME_CALLS);
  // Of what is called once it is gone, nothing fails but what it was carrying: at most one call of each caller.
  expect(traffic.failures.length - lost).toBeLessThanOrEqual(Traffic.CALLERS);
  await gateway.program.restart();
});

test("a replica that is restarted in an orderly way fails no call", async () => {
  const { gateway, web } = facts();
  await using _second = await startSecondReplica();
  await using traffic = new Traffic(web.upstream("steady"));
  await traffic.more(SOME_CALLS);
  await gateway.program.restart();
  await traffic.more(SOME_CALLS);
  expect(traffic.failures).toEqual([]);
});
