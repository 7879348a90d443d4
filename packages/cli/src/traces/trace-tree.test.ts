import { expect, test } from "vitest";
import type { Span } from "./span.ts";
import { hasFailed, printMs, printTrace, tracesOf } from "./trace-tree.ts";

const span = (facts: Partial<Span> & Pick<Span, "spanId">): Span => ({
  traceId: "t1",
  name: "mesh.connection",
  service: "web",
  datacenter: "dc1",
  startedMs: 0,
  endedMs: 12,
  attributes: {},
  ...facts,
});

const WAY: readonly Span[] = [
  span({
    spanId: "3",
    parentSpanId: "2",
    service: "outside",
    datacenter: "dc2",
    startedMs: 2,
    attributes: { "causeway.source": "web", "causeway.route": "db" },
    error: "web may not call db",
  }),
  span({ spanId: "1", attributes: { "causeway.source": "web", "causeway.target": "db in dc2" } }),
  span({
    spanId: "4",
    parentSpanId: "1",
    name: "mesh.dial",
    startedMs: 1,
    endedMs: 1.5,
    attributes: { "server.address": "10.0.0.9", "server.port": "8443" },
  }),
  span({
    spanId: "2",
    parentSpanId: "1",
    service: "gateway",
    startedMs: 1.5,
    attributes: { "client.address": "10.0.0.1", "causeway.route": "*.dc2" },
  }),
];

test("a trace is a tree, each span beneath its parent and in the order of their beginnings", () => {
  const [trace] = tracesOf(WAY);
  expect(trace && printTrace(trace)).toBe(
    [
      "trace t1  1970-01-01T00:00:00.000Z",
      "web in dc1  web → db in dc2  12 ms",
      "├─ web in dc1  dials 10.0.0.9:8443  0.50 ms",
      "└─ gateway in dc1  10.0.0.1 → *.dc2  11 ms",
      "   └─ outside in dc2  web → db  10 ms  web may not call db",
    ].join("\n"),
  );
});

test("a span whose parent nobody has told of begins a tree of its own", () => {
  const [trace] = tracesOf(WAY.filter(({ spanId }) => spanId !== "2"));
  expect(trace && printTrace(trace).split("\n").at(-1)).toBe("outside in dc2  web → db  10 ms  web may not call db");
});

test("traces are in the order of their beginnings, and tell whether anything in them failed", () => {
  const traces = tracesOf([span({ traceId: "late", spanId: "9", startedMs: 50 }), ...WAY]);
  expect(traces.map((trace) => [trace.traceId, hasFailed(trace)])).toEqual([
    ["t1", true],
    ["late", false],
  ]);
});

test.each([
  [0.5, "0.50 ms"],
  [12.4, "12 ms"],
  [1_250, "1.3 s"],
])("%d ms is printed as %s", (ms, text) => expect(printMs(ms)).toBe(text));
