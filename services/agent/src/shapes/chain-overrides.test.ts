import { describe, expect, test } from "vitest";
import { chainOverrides } from "./chain-overrides.ts";

const nothing = { connectTimeoutMs: 0, protocol: undefined, meshGatewayMode: undefined };

const read: readonly (readonly [name: string, body: object | null, overrides: object])[] = [
  ["nothing at all", {}, {}],
  ["null", null, {}],
  ["a Go duration", { OverrideConnectTimeout: "1m30s" }, { connectTimeoutMs: 90_000 }],
  ["a number of nanoseconds", { OverrideConnectTimeout: 7e9 }, { connectTimeoutMs: 7_000 }],
  ["parts of a millisecond", { OverrideConnectTimeout: "1500us" }, { connectTimeoutMs: 1.5 }],
  ["a protocol", { OverrideProtocol: "grpc" }, { protocol: "grpc" }],
  ["snake_case", { override_mesh_gateway: { mode: "local" } }, { meshGatewayMode: "local" }],
  ["a mode that is unset", { OverrideMeshGateway: { Mode: "" } }, {}],
  [
    "what is known beside unknown keys",
    { Bogus: 1, OverrideMeshGateway: { Bogus: 1, Mode: "none" } },
    { meshGatewayMode: "none" },
  ],
];

const refused: readonly (readonly [body: string, text: string])[] = [
  ["", "Bad request: Request decoding failed: EOF"],
  ["{", "Bad request: Request decoding failed: unexpected EOF"],
  ['{"OverrideMeshGateway":{"Mode":"sideways"}}', "Invalid OverrideMeshGateway.Mode parameter"],
  [
    '{"OverrideConnectTimeout":"abc"}',
    "Bad request: Request decoding failed: 1 error(s) decoding:\n\n* error decoding 'OverrideConnectTimeout': time: invalid duration abc",
  ],
];

describe("the overrides of a discovery chain", () => {
  for (const [name, body, overrides] of read) {
    test(`are read from ${name}`, () => {
      expect(chainOverrides(JSON.stringify(body))).toEqual({ ...nothing, ...overrides });
    });
  }
  for (const [body, text] of refused) {
    test(`are not read from ${JSON.stringify(body)}`, () => expect(() => chainOverrides(body)).toThrow(text));
  }
});
