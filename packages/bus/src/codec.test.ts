import { Type } from "@causeway/model";
import fc from "fast-check";
import { pack } from "msgpackr";
import { describe, expect, test } from "vitest";
import { checked, decode, encode } from "./codec.ts";
import { BusError, type BusFailure } from "./errors.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** The failure of the BusError that `work` throws. */
function failureOf(work: () => unknown): BusFailure | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof BusError) return error.failure;
    throw error;
  }
  return undefined;
}

describe("the envelope", () => {
  test("carries a value and the trace context of its writer", () => {
    expect(decode(encode({ value: { a: [1, null] }, traceparent: TRACEPARENT }))).toEqual({
      value: { a: [1, null] },
      traceparent: TRACEPARENT,
    });
  });

  test("has no trace context where nothing is traced", () => {
    expect(decode(encode({ value: 1 }))).toEqual({ value: 1 });
  });

  test("brings back whatever JSON can say", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // Of all keys only this one is not kept: whoever unpacks it must not get another prototype by it.
        fc.pre(!JSON.stringify(value).includes('"__proto__":'));
        expect(JSON.stringify(decode(encode({ value })).value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test("two messages share no memory", () => {
    const first = encode({ value: "first" });
    encode({ value: "other" });
    expect(decode(first).value).toBe("first");
  });

  test("any bytes are an envelope or a BusError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([undefined, "UNREADABLE"]).toContain(failureOf(() => decode(bytes))?.code);
      }),
      { numRuns: 2_000 },
    );
  });

  const broken = [
    { name: "no bytes", bytes: new Uint8Array(), reason: "not msgpack" },
    { name: "JSON text", bytes: new TextEncoder().encode('{"value":1}'), reason: "not msgpack" },
    { name: "a cut message", bytes: encode({ value: "some text" }).subarray(0, 10), reason: "not msgpack" },
    { name: "a bare value", bytes: pack(7), reason: "no envelope around the value" },
    { name: "a map without a value", bytes: pack({ traceparent: "x" }), reason: "no envelope around the value" },
  ] as const;
  for (const { name, bytes, reason } of broken) {
    test(`${name} is unreadable`, () => {
      expect(failureOf(() => decode(bytes))).toEqual({ code: "UNREADABLE", what: "message", reason });
    });
  }
});

describe("checked", () => {
  const Port = Type.Object({ Ports: Type.Array(Type.Object({ Port: Type.Integer({ minimum: 0 }) })) });
  const Action = Type.Union([Type.Literal("allow"), Type.Literal("deny")]);
  const Closed = Type.Object({ Name: Type.String() }, { additionalProperties: false });

  test("gives the value itself", () => {
    const value = { Ports: [{ Port: 1 }] };
    expect(checked(Port, value, "listener")).toBe(value);
  });

  const refused = [
    {
      name: "a wrong type, deep inside",
      schema: Port,
      value: { Ports: [{ Port: "1" }] },
      says: "listener is not valid: Ports.0.Port must be integer",
    },
    {
      name: "a number out of range",
      schema: Port,
      value: { Ports: [{ Port: -1 }] },
      says: "listener is not valid: Ports.0.Port must be >= 0",
    },
    {
      name: "no object at all",
      schema: Port,
      value: undefined,
      says: "listener is not valid: the value itself must be object",
    },
    {
      name: "a field that is missing",
      schema: Port,
      value: { Ports: [{}] },
      says: "listener is not valid: Ports.0.Port is missing",
    },
    {
      name: "a field that nobody knows",
      schema: Closed,
      value: { Name: "a", Nme: "b" },
      says: "listener is not valid: Nme is not known",
    },
    {
      name: "a word that is none of the allowed",
      schema: Action,
      value: "perhaps",
      says: /none of the values allowed$/,
    },
  ] as const;
  for (const { name, schema, value, says } of refused) {
    test(`names the field: ${name}`, () => {
      expect(() => checked(schema, value, "listener")).toThrow(says);
      expect(failureOf(() => checked(schema, value, "listener"))).toMatchObject({ code: "INVALID", what: "listener" });
    });
  }

  test("never quotes the value, which may be secret", () => {
    const failure = failureOf(() => checked(Closed, { Name: 5, Key: "hunter2" }, "thing"));
    expect(failure).toBeDefined();
    expect(JSON.stringify(failure)).not.toContain("hunter2");
  });
});
