import { describe, expect, test } from "vitest";
import { otlpProtocol } from "./otlp-exporter.ts";

describe("spans travel", () => {
  const cases = [
    { name: "as protobuf over HTTP unless told", env: {}, protocol: "http/protobuf" },
    { name: "so too when the variable is empty", env: { OTEL_EXPORTER_OTLP_PROTOCOL: "" }, protocol: "http/protobuf" },
    { name: "over gRPC when told", env: { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, protocol: "grpc" },
    {
      name: "as the variable for traces says before the other",
      env: { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" },
      protocol: "http/json",
    },
  ];
  for (const { name, env, protocol } of cases) test(name, () => expect(otlpProtocol(env)).toBe(protocol));

  test("by no other protocol", () => {
    expect(() => otlpProtocol({ OTEL_EXPORTER_OTLP_PROTOCOL: "thrift" })).toThrow(
      'OTEL_EXPORTER_OTLP_PROTOCOL must be grpc, http/protobuf or http/json, not "thrift"',
    );
  });
});
