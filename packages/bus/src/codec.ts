import { Packr } from "msgpackr";
import type { TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { BusError } from "./errors.ts";

const packr = new Packr({ useRecords: false, moreTypes: false });

/** What travels in every message and every stored value: the value, and the W3C trace context of whoever wrote it. */
export type Envelope = { readonly value: unknown; readonly traceparent?: string };

/** Packs a value with its trace context. @see https://www.w3.org/TR/trace-context/#traceparent-header */
export function encode({ value, traceparent }: Envelope): Uint8Array {
  return packr.pack(traceparent === undefined ? { value } : { value, traceparent });
}

/** Unpacks what `encode` made. Throws a BusError `UNREADABLE` for anything else. */
export function decode(bytes: Uint8Array): Envelope {
  let unpacked: unknown;
  try {
    unpacked = packr.unpack(bytes);
  } catch (cause) {
    throw new BusError({ code: "UNREADABLE", what: "message", reason: "not msgpack" }, { cause });
  }
  if (typeof unpacked !== "object" || unpacked === null || !("value" in unpacked)) {
    throw new BusError({ code: "UNREADABLE", what: "message", reason: "no envelope around the value" });
  }
  const { value, traceparent } = unpacked as { value: unknown; traceparent?: unknown };
  return typeof traceparent === "string" ? { value, traceparent } : { value };
}

const validators = new WeakMap<TSchema, Validator>();

/** Gives `value` back as it is once it is known to fit `schema`; throws a BusError `INVALID` that names the first wrong field. */
export function checked<T>(schema: TSchema, value: unknown, what: string): T {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  if (validator.Check(value)) return value as T;
  const [first] = validator.Errors(value);
  throw new BusError({ code: "INVALID", what, ...(first === undefined ? UNEXPLAINED : explain(first)) });
}

const UNEXPLAINED = { field: "the value itself", reason: "does not fit its schema" };

/** Which field is wrong and why, without a word of its value, which may be secret. */
function explain(error: TLocalizedValidationError): { readonly field: string; readonly reason: string } {
  const path = error.instancePath.split("/").slice(1);
  const at = (...further: readonly string[]) => [...path, ...further].join(".") || UNEXPLAINED.field;
  switch (error.keyword) {
    case "required":
      return { field: at(error.params.requiredProperties[0] ?? ""), reason: "is missing" };
    case "boolean":
      return { field: at(), reason: "is not known" };
    case "const":
      return { field: at(), reason: "is none of the values allowed" };
    default:
      return { field: at(), reason: error.message };
  }
}
