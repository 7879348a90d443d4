import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import {
  IN_DATACENTER_MS,
  LOOPBACK,
  type Mesh,
  openTcp,
  type Sidecar,
  START_UP_MS,
  startHttpServer,
  type TerminatingGateway,
  Traffic,
} from "../src/index.ts";
import { callSoon, shared } from "./support.ts";

/** Replicas of one name; the machine that tests run on has two processors, so they are started in turn. */
const REPLICAS = 10;
/** Calls after which a change would have been noticed. */
const SOME_CALLS = 50;

/** Where gateways take their time to leave. */
function unhurried(spreadMs: number) {
  return {
    ...LOOPBACK,
    within: ["env", `CAUSEWAY_DRAIN_SPREAD_MS=${spreadMs}`, "CAUSEWAY_DRAIN_TIMEOUT_MS=30000"],
  };
}

type Health = readonly { readonly Checks: readonly { readonly CheckID: string; readonly Status: string }[] }[];

/** Statuses of the check by which an instance says that it is leaving. */
async function leavingChecks(mesh: Mesh, service: string): Promise<readonly string[]> {
  const instances = await mesh.agent.get<Health>(`/v1/health/service/${service}`);
  const checks = instances.flatMap(({ Checks }) => Checks);
  return checks.flatMap(({ CheckID, Status }) => (CheckID.startsWith("draining:") ? [Status] : []));
}

async function statusOf(gateway: TerminatingGateway, page: "readyz" | "healthz"): Promise<number> {
  return (await fetch(`http://${gateway.program.adminAddress}/${page}`)).status;
}

/** What a sidecar has said of endpoints that turned it away; a machine that is slow to answer does not. */
function failedDials({ program }: Sidecar): readonly string[] {
  const failed = program.output().match(/"failedDials":\[.*?\]/g) ?? [];
  return failed.filter((text) => !text.includes("no answer within"));
}

const facts = shared(async (mesh, resources) => {
  const [steady, echo] = await Promise.all([startHttpServer("steady"), startTcpEcho()]);
  resources.use(steady);
  resources.use(echo);
  const web = resources.use(await mesh.startSidecar("web", { upstreams: ["steady", "echo"] }));
  await mesh.agent.registerExternal({ service: "steady", port: steady.port });
  await mesh.agent.registerExternal({ service: "echo", port: echo.port });
  return { web };
});

test("ten replicas of one name come and go under traffic: it spreads over them, and nobody is refused", async () => {
  const { mesh, web } = facts();
  await using replicas = new AsyncDisposableStack();
  const start = async (at: number) => {
    const options = { id: `edge-${at}`, place: unhurried(3_000) };
    return replicas.use(await mesh.startTerminatingGateway("edge", options));
  };
  const first = await start(0);
  await first.link({ Name: "steady" });
  await callSoon(web.upstream("steady"));
  // Until then it did not know the name.
  const untilLinked = failedDials(web).length;
  await using traffic = new Traffic(web.upstream("steady"));
  const gateways = [first];
  while (gateways.length < REPLICAS) gateways.push(await start(gateways.length));

  const carried = () => Promise.all(gateways.map(({ admin }) => admin.ended("CARRIED")));
  const spread = async () => expect((await carried()).filter((calls) => calls === 0)).toEqual([]);
  await eventually(spread, { timeoutMs: IN_DATACENTER_MS });

  const [last, ...leaving] = gateways.toReversed();
  await Promise.all(leaving.map(({ program }) => program[Symbol.asyncDispose]()));
  expect(leaving.map(({ program }) => program.exit?.code)).toEqual(leaving.map(() => 0));
  const before = await last?.admin.ended("CARRIED");
  await traffic.more(SOME_CALLS);
  expect(await last?.admin.ended("CARRIED")).toBeGreaterThan(before ?? 0);

  // A replica takes the place of the last one, as in a rolling replacement.
  const next = await start(REPLICAS);
  await eventually(async () => expect(await next.admin.ended("CARRIED")).toBeGreaterThan(0));
  await last?.program[Symbol.asyncDispose]();
  await traffic.more(SOME_CALLS);
  expect(traffic.failures).toEqual([]);
  // Nor did the sidecar have to go elsewhere, which its application would not have noticed.
  expect(failedDials(web).slice(untilLinked)).toEqual([]);
}, 240_000);

test("a gateway that is asked to stop is advertised no more, then accepts no more, and ends with its last connection", async () => {
  const { mesh, web } = facts();
  await using gateway = await mesh.startTerminatingGateway("leaving", { place: unhurried(6_000) });
  await gateway.link({ Name: "echo" });
  const echoes = async () => {
    using probe = await openTcp(web.upstream("echo"));
    await probe.echo("there");
  };
  await eventually(echoes, { timeoutMs: IN_DATACENTER_MS });
  using open = await openTcp(web.upstream("echo"));
  await open.echo("before");

  process.kill(gateway.program.pid, "SIGTERM");
  await eventually(async () => expect(await statusOf(gateway, "readyz")).toBe(503));
  expect(await statusOf(gateway, "healthz")).toBe(200);
  await eventually(async () => expect(await leavingChecks(mesh, "leaving")).toEqual(["critical"]));
  using late = await openTcp(gateway.port);
  late.socket.destroy();
  await eventually(() => expect(openTcp(gateway.port)).rejects.toThrow("ECONNREFUSED"), { timeoutMs: START_UP_MS });

  await open.echo("after");
  expect(await statusOf(gateway, "healthz")).toBe(200);
  open.socket.destroy();
  await eventually(() => expect(gateway.program.exit).toEqual({ code: 0, signal: null }), { timeoutMs: START_UP_MS });

  await gateway.program.restart();
  await eventually(async () => expect(await leavingChecks(mesh, "leaving")).toEqual([]));
  // By now the agent may have found that it does not listen, and looks again every ten seconds.
  await eventually(echoes, { timeoutMs: START_UP_MS });
});
