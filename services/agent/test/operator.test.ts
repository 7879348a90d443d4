import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  agent = await plane.startAgent("one", { CAUSEWAY_PROMETHEUS_RETENTION_SECONDS: "60" });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const get = (path: string) => ask(agent.base, "GET", path);
const put = (path: string) => ask(agent.base, "PUT", path);

test("metrics are those of the process, in Consul's shape and in that of Prometheus", async () => {
  await get("/v1/agent/self");
  const { json } = await get("/v1/agent/metrics");
  expect(json).toMatchObject({
    Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/),
    Gauges: expect.arrayContaining([{ Name: "process_resident_memory_bytes", Value: expect.any(Number), Labels: {} }]),
    Counters: expect.arrayContaining([expect.objectContaining({ Name: "process_cpu_seconds_total" })]),
    Samples: expect.arrayContaining([expect.objectContaining({ Name: "causeway_agent_request_seconds" })]),
  });
  const prometheus = await get("/v1/agent/metrics?format=prometheus");
  expect(prometheus.text).toContain("# TYPE process_resident_memory_bytes gauge");
});

test("the host tells its memory, its processors, its system and its disk", async () => {
  const { json } = await get("/v1/agent/host");
  expect(json).toMatchObject({
    Memory: { total: expect.any(Number), usedPercent: expect.any(Number) },
    Host: { os: "linux", hostname: expect.any(String), kernelVersion: expect.any(String) },
    Disk: { path: "/", total: expect.any(Number) },
    Errors: null,
  });
  expect((json as { CPU: unknown[] }).CPU.length).toBeGreaterThan(0);
});

test.each([
  ["PUT", "/v1/agent/join/10.0.0.1", 500, "Failed to join 10.0.0.1: agents do not gossip here"],
  ["PUT", "/v1/agent/force-leave/nope", 500, "agent: No node found with name 'nope'"],
  ["PUT", "/v1/agent/force-leave/one", 200, ""],
  ["GET", "/v1/agent/monitor?loglevel=loud", 400, "Bad request: Unknown log level: loud"],
] as const)("%s %s is answered with %d", async (method, path, status, text) => {
  const answer = await ask(agent.base, method, path);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(text);
});

describe("the monitor", () => {
  test("streams lines of the level that was asked for, though the log is quieter", async () => {
    const stream = await openMonitor("loglevel=DEBUG");
    await put("/v1/agent/force-leave/nope");
    await stream.until(/ \[DEBUG\] agent: request answered: .*force-leave/);
    stream.close();
    expect(agent.process.lines.some(({ text }) => text.includes("force-leave"))).toBe(false);
  });

  test("streams JSON where that is asked for", async () => {
    const stream = await openMonitor("loglevel=trace&logjson");
    await put("/v1/agent/force-leave/nope");
    await stream.until(/"@level":"debug","@message":"request answered","@module":"agent"/);
    stream.close();
  });

  test("ends with the agent, and does not hold it up", async () => {
    const other = await plane.startAgent("two");
    const stream = await openMonitor("", other.base);
    await other.process.stop();
    await stream.ended;
  });
});

/** What the monitor streams; resolves when the answer has begun, so that nothing is missed after that. */
async function openMonitor(query: string, base = agent.base) {
  const began = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let text = "";
  let look: () => void = () => undefined;
  const asked = request(`${base}/v1/agent/monitor?${query}`, (response) => {
    began.resolve();
    response.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      look();
    });
    response.on("close", ended.resolve);
  });
  asked.on("error", () => ended.resolve());
  asked.end();
  await began.promise;
  return {
    ended: ended.promise,
    until: (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        look = () => pattern.test(text) && resolve();
        look();
      }),
    close: () => void asked.destroy(),
  };
}
