import { describe, expect, test } from "vitest";
import { any, bool, decodeBody, duration, int, listOf, mapOf, string, struct } from "./go-shape.ts";

const Service = struct(
  "structs.NodeService",
  { Service: string, Port: int, Tags: listOf(string), Meta: mapOf(string), EnableTagOverride: bool },
  { enable_tag_override: "EnableTagOverride" },
);
const Register = struct("structs.RegisterRequest", { Node: string, Service, Config: mapOf(any), Wait: duration });
const decode = (value: unknown) => decodeBody(JSON.stringify(value), Register);

describe("a strict body", () => {
  test("is found whatever the case of its keys, and comes back under the names that Consul gives them", () => {
    expect(decode({ node: "n", SERVICE: { pOrT: 1, enable_tag_override: true } })).toEqual({
      Node: "n",
      Service: { Port: 1, EnableTagOverride: true },
    });
  });

  test("may have null wherever a value may be", () => {
    expect(decode({ Node: null, Service: { Tags: [null, "a"], Meta: { a: null } } })).toEqual({
      Service: { Tags: ["", "a"], Meta: { a: "" } },
    });
    expect(decode(null)).toEqual({});
  });

  test("has durations as text or as nanoseconds", () => {
    expect(decode({ Wait: "1m30s" }).Wait).toBe(90e9);
    expect(decode({ Wait: 5 }).Wait).toBe(5);
  });

  const refused = [
    [{ Bogus: 1 }, 'json: unknown field "Bogus"'],
    [{ Service: { service_name: "x" } }, 'json: unknown field "service_name"'],
    [{ Node: 1 }, "json: cannot unmarshal number into Go struct field RegisterRequest.Node of type string"],
    [{ Node: {} }, "json: cannot unmarshal object into Go struct field RegisterRequest.Node of type string"],
    [
      { Service: { Port: "80" } },
      "json: cannot unmarshal string into Go struct field NodeService.Service.Port of type int",
    ],
    [
      { Service: { Port: 1.5 } },
      "json: cannot unmarshal number 1.5 into Go struct field NodeService.Service.Port of type int",
    ],
    [
      { Service: { Tags: "a" } },
      "json: cannot unmarshal string into Go struct field NodeService.Service.Tags of type []string",
    ],
    [
      { Service: { Meta: [] } },
      "json: cannot unmarshal array into Go struct field NodeService.Service.Meta of type map[string]string",
    ],
    [{ Wait: "abc" }, "time: invalid duration abc"],
    [[], "json: cannot unmarshal array into Go value of type structs.RegisterRequest"],
  ] as const;
  for (const [value, message] of refused) {
    test(`${JSON.stringify(value)} is refused with: ${message}`, () => {
      expect(() => decode(value)).toThrow(message);
    });
  }
});
