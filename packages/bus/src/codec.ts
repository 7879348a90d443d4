import { misfitOf, type TSchema } from "@causeway/model";
import { Packr } from "msgpackr";
import { BusError } from "./errors.ts";

const packr = new Packr({ useRecords: false, moreTypes: false });

/** What travels in every message and every stored value: the value, and the W3C trace context of whoever wrote it. */
export type Envelope = {
  readonly value: unknown;
  readonly traceparent?: string;
  /** Of a request: until when its answer is waited for, in milliseconds since 1970 by the clock of whoever asks. */
  readonly untilMs?: number;
  /** In a copy of another datacenter's bucket, the revision there. */
  readonly revision?: number;
};

/** Packs a value with its trace context. @see https://www.w3.org/TR/trace-context/#traceparent-header */
export function encode({ value, traceparent, untilMs, revision }: Envelope): Uint8Array {
  return packr.pack({
    value,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(revision === undefined ? {} : { revision }),
  });
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
  const { value, traceparent, untilMs, revision } = unpacked as Readonly<Record<keyof Envelope, unknown>>;
  return {
    value,
    ...(typeof traceparent === "string" ? { traceparent } : {}),
    ...(typeof untilMs === "number" ? { untilMs } : {}),
    ...(typeof revision === "number" ? { revision } : {}),
  };
}

/** Gives `value` back as it is once it is known to fit `schema`; throws a BusError `INVALID` that names the first wrong field. */
export function checked<T>(schema: TSchema, value: unknown, what: string): T {
  const misfit = misfitOf(schema, value);
  if (misfit === undefined) return value as T;
  const field = misfit.path.join(".") || "the value itself";
  throw new BusError({ code: "INVALID", what, field, reason: misfit.reason });
}
