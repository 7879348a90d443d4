import { describe, expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { pushesMetrics } from "./metrics-export.ts";

const CASES: readonly { name: string; env: Environment; pushed: boolean }[] = [
  { name: "nothing said", env: {}, pushed: false },
  { name: "an endpoint for all", env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://jaeger:4318" }, pushed: false },
  { name: "one for metrics", env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://collector:4318" }, pushed: true },
  { name: "otlp", env: { OTEL_METRICS_EXPORTER: "otlp" }, pushed: true },
  { name: "prometheus, which reads", env: { OTEL_METRICS_EXPORTER: "prometheus" }, pushed: false },
  {
    name: "none, whatever the endpoint",
    env: { OTEL_METRICS_EXPORTER: "none", OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://collector:4318" },
    pushed: false,
  },
  { name: "all off", env: { OTEL_SDK_DISABLED: "true", OTEL_METRICS_EXPORTER: "otlp" }, pushed: false },
];

describe("metrics are pushed", () => {
  for (const { name, env, pushed } of CASES) {
    test(`${pushed ? "with" : "not with"} ${name}`, () => expect(pushesMetrics(env)).toBe(pushed));
  }

  test("to no exporter that there is not, which is said", () => {
    expect(() => pushesMetrics({ OTEL_METRICS_EXPORTER: "statsd" })).toThrow(
      'OTEL_METRICS_EXPORTER must be otlp, prometheus or none, not "statsd"',
    );
  });
});
