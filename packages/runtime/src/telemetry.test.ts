import { describe, expect, test } from "vitest";
import { Metrics } from "./metrics.ts";
import { chooseExporter, startTelemetry, tracesEndpoint } from "./telemetry.ts";
import { isParentBased, rootSampler } from "./telemetry-sdk.ts";
import { isTraceTaken, tracesAreExported } from "./trace-sampling.ts";

describe("spans are exported", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
  const cases = [
    { name: "nowhere unless asked", env: {}, exporter: "none" },
    { name: "to an endpoint that is named", env: endpoint, exporter: "otlp" },
    {
      name: "to a traces endpoint",
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector/v1/traces" },
      exporter: "otlp",
    },
    { name: "to the default endpoint when otlp is named", env: { OTEL_TRACES_EXPORTER: "otlp" }, exporter: "otlp" },
    {
      name: "to the console when that is named",
      env: { OTEL_TRACES_EXPORTER: "console", ...endpoint },
      exporter: "console",
    },
    {
      name: "nowhere when none is named, endpoint or not",
      env: { OTEL_TRACES_EXPORTER: "none", ...endpoint },
      exporter: "none",
    },
    { name: "nowhere when the SDK is disabled", env: { OTEL_SDK_DISABLED: "TRUE", ...endpoint }, exporter: "none" },
    { name: "nowhere when the endpoint is empty", env: { OTEL_EXPORTER_OTLP_ENDPOINT: "" }, exporter: "none" },
  ];
  for (const { name, env, exporter } of cases) test(name, () => expect(chooseExporter(env)).toBe(exporter));
});

describe("spans go to", () => {
  const cases = [
    { name: "nowhere that is known unless asked", env: {}, endpoint: undefined },
    {
      name: "the endpoint that is named",
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318" },
      endpoint: "http://a:4318",
    },
    {
      name: "that for traces before the other, without its password",
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://user:secret@b/v1/traces",
      },
      endpoint: "https://b/v1/traces",
    },
    { name: "no address that is none", env: { OTEL_EXPORTER_OTLP_ENDPOINT: "nonsense" }, endpoint: undefined },
  ];
  for (const { name, env, endpoint } of cases) test(name, () => expect(tracesEndpoint(env)).toBe(endpoint));
});

test("telemetry that is off can be stopped", async () => {
  const log = { info: () => {}, warn: () => {} };
  const telemetry = await startTelemetry({ service: "catalog", env: {}, log, metrics: new Metrics() });
  expect(telemetry.exporting).toBe(false);
  expect(tracesAreExported()).toBe(false);
  expect(isTraceTaken("4bf92f3577b34da6a3ce929d0e0e4736")).toBe(false);
  await telemetry.stop();
});

describe("the sampler", () => {
  const quarter = { OTEL_TRACES_SAMPLER_ARG: "0.25" };
  const cases = [
    { env: {}, sampler: "AlwaysOnSampler", parentBased: true },
    { env: { OTEL_TRACES_SAMPLER: "always_off" }, sampler: "AlwaysOffSampler", parentBased: false },
    { env: { OTEL_TRACES_SAMPLER: "always_on" }, sampler: "AlwaysOnSampler", parentBased: false },
    {
      env: { OTEL_TRACES_SAMPLER: "traceidratio", ...quarter },
      sampler: "TraceIdRatioBased{0.25}",
      parentBased: false,
    },
    {
      env: { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", ...quarter },
      sampler: "TraceIdRatioBased{0.25}",
      parentBased: true,
    },
    {
      env: { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "often" },
      sampler: "AlwaysOnSampler",
      parentBased: false,
    },
    { env: { OTEL_TRACES_SAMPLER: "unheard_of" }, sampler: "AlwaysOnSampler", parentBased: false },
  ];
  for (const { env, sampler, parentBased } of cases) {
    test(`for ${JSON.stringify(env)} is ${sampler}`, () => {
      expect(rootSampler(env).toString()).toBe(sampler);
      expect(isParentBased(env)).toBe(parentBased);
    });
  }
});
