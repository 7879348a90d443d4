import { describe, expect, test } from "vitest";
import { chooseExporter, startTelemetry } from "./telemetry.ts";
import { chooseSampler } from "./telemetry-sdk.ts";

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

test("telemetry that is off can be stopped", async () => {
  const telemetry = await startTelemetry({ service: "catalog", env: {} });
  expect(telemetry.exporting).toBe(false);
  await telemetry.stop();
});

describe("the sampler", () => {
  const cases = [
    { env: {}, sampler: "ParentBased{root=AlwaysOnSampler" },
    { env: { OTEL_TRACES_SAMPLER: "always_off" }, sampler: "AlwaysOffSampler" },
    {
      env: { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
      sampler: "TraceIdRatioBased{0.25}",
    },
    {
      env: { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" },
      sampler: "ParentBased{root=TraceIdRatioBased{0.5}",
    },
    { env: { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "often" }, sampler: "AlwaysOnSampler" },
    { env: { OTEL_TRACES_SAMPLER: "unheard_of" }, sampler: "AlwaysOnSampler" },
  ];
  for (const { env, sampler } of cases) {
    test(`for ${JSON.stringify(env)} is ${sampler}`, () => expect(chooseSampler(env).toString()).toContain(sampler));
  }
});
