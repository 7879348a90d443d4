import { describe, expect, test } from "vitest";
import { atMost } from "./metric-labels.ts";
import { Metrics } from "./metrics.ts";
import { observeProcess } from "./process-metrics.ts";

async function linesOf(metrics: Metrics): Promise<string[]> {
  return (await metrics.text()).split("\n").filter((line) => line !== "");
}

describe("Metrics", () => {
  test("give a counter with its labels under the name it was given", async () => {
    const metrics = new Metrics();
    const refused = metrics.counter("refused_total", {
      description: "Refused.",
      labels: { blame: ["client", "upstream"] },
    });
    refused.add(1, { blame: "client" });
    refused.add(2, { blame: "client" });
    refused.add(1, { blame: "upstream" });
    expect(await linesOf(metrics)).toEqual([
      "# HELP refused_total Refused.",
      "# TYPE refused_total counter",
      'refused_total{blame="client"} 3',
      'refused_total{blame="upstream"} 1',
    ]);
  });

  test("give a histogram in seconds with the buckets that were asked for", async () => {
    const metrics = new Metrics();
    const seconds = metrics.histogram("dial_seconds", { description: "Dialling.", unit: "s", buckets: [0.1, 1] });
    seconds.record(0.05);
    seconds.record(3);
    const lines = await linesOf(metrics);
    expect(lines).toContain('dial_seconds_bucket{le="0.1"} 1');
    expect(lines).toContain('dial_seconds_bucket{le="+Inf"} 2');
    expect(lines).toContain("dial_seconds_count 2");
    expect(lines).toContain("dial_seconds_sum 3.05");
  });

  test("give their readings one by one too", async () => {
    const metrics = new Metrics();
    metrics.counter("refused_total", { description: "", labels: { by: ["a", "b"] } }).add(2, { by: "a" });
    metrics.gauge("open", { description: "" }).set(7);
    const seconds = metrics.histogram("dial_seconds", { description: "", unit: "s" });
    for (const value of [0.5, 1.5]) seconds.record(value);
    expect(await metrics.readings()).toEqual([
      { name: "refused_total", labels: { by: "a" }, kind: "counter", value: 2 },
      { name: "open", labels: {}, kind: "gauge", value: 7 },
      { name: "dial_seconds", labels: {}, kind: "histogram", count: 2, sum: 2, min: 0.5, max: 1.5 },
    ]);
  });

  test("give gauges as they were last set, and observed ones as they are when asked", async () => {
    const metrics = new Metrics();
    const open = metrics.gauge("open_connections", { description: "Open." });
    open.set(5);
    open.set(2);
    let size = 0;
    metrics.observedGauge("mirror_entries", { description: "Entries.", labels: { bucket: ["nodes"] } }, (observe) => {
      observe(size, { bucket: "nodes" });
    });
    size = 7;
    const lines = await linesOf(metrics);
    expect(lines).toContain("open_connections 2");
    expect(lines).toContain('mirror_entries{bucket="nodes"} 7');
  });

  test("count a value that is not of its label's set as other", async () => {
    const metrics = new Metrics();
    const labels: { readonly protocol: readonly string[] } = { protocol: ["tcp", "http"] };
    metrics.counter("connections_total", { description: "Connections.", labels }).add(1, { protocol: "gopher" });
    expect(await linesOf(metrics)).toContain('connections_total{protocol="other"} 1');
  });

  test("keep so many values of a bounded label, and count the rest as other", async () => {
    const metrics = new Metrics();
    const connections = metrics.counter("to_total", {
      description: "Connections.",
      labels: { destination: atMost(2) },
    });
    for (const destination of ["web", "db", "api", "web", "mail"]) connections.add(1, { destination });
    expect((await linesOf(metrics)).slice(2)).toEqual([
      'to_total{destination="web"} 2',
      'to_total{destination="db"} 1',
      'to_total{destination="other"} 2',
    ]);
  });

  test("write label values so that they cannot break out of their quotes", async () => {
    const metrics = new Metrics();
    const labels = { destination: atMost(9) };
    metrics.counter("odd_total", { description: "Odd.", labels }).add(1, { destination: 'a"} 1\nb\\' });
    expect(await linesOf(metrics)).toContain('odd_total{destination="a\\"} 1\\nb\\\\"} 1');
  });

  test("of one process are not those of another part of it", async () => {
    new Metrics().counter("one_total", { description: "One." }).add(1);
    expect(await new Metrics().text()).not.toContain("one_total");
  });
});

test("observeProcess tells memory, processor time, start and event loop", async () => {
  const metrics = new Metrics();
  observeProcess(metrics);
  const lines = await linesOf(metrics);
  const numberOf = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(" ")[1]);
  expect(numberOf("process_resident_memory_bytes")).toBeGreaterThan(10e6);
  expect(numberOf("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(numberOf("process_start_time_seconds")).toBeCloseTo(Date.now() / 1_000 - process.uptime(), 0);
  expect(lines.filter((line) => line.startsWith("nodejs_eventloop_delay_seconds{"))).toHaveLength(3);
});
