import { type BucketDefinition, keyOf, namesOf, type Static } from "@causeway/model";
import { checked, decode } from "./codec.ts";
import { BusError } from "./errors.ts";

/** The kinds of record that a bucket holds: the first token of its keys. */
export type KindOf<B extends BucketDefinition> = keyof B["kinds"] & string;

/** The value that a record of kind `K` has. */
export type ValueOf<B extends BucketDefinition, K extends KindOf<B>> = Static<B["kinds"][K]>;

/** A stored value and the revision that wrote it. */
export type Stored<T> = { readonly value: T; readonly revision: number };

/** The key of a record: its kind, then its names, each one token. */
export function recordKey(kind: string, names: readonly string[]): string {
  return names.length === 0 ? kind : `${kind}.${keyOf(...names)}`;
}

/** The kind and the names that a key is made of. */
export function recordNames(key: string): { readonly kind: string; readonly names: readonly string[] } {
  const [kind = "", ...names] = namesOf(key);
  return { kind, names };
}

/**
 * Reads a stored value, the trace context of its write, and in a copy the revision that it has in the original; throws a BusError when it
 * is unreadable, of an unknown kind or against its schema.
 */
export function readRecord<T>(
  definition: BucketDefinition,
  key: string,
  bytes: Uint8Array,
): { readonly value: T; readonly traceparent?: string; readonly revision?: number } {
  const { kind } = recordNames(key);
  const schema = definition.kinds[kind];
  const what = `${definition.name} ${key}`;
  if (schema === undefined) throw new BusError({ code: "INVALID", what, field: "kind", reason: "is not known" });
  const { value, ...trace } = decode(bytes);
  return { value: checked<T>(schema, value, what), ...trace };
}

/** What the marker of a removal says: in a copy the revision in the original, otherwise nothing. Throws a BusError when it is unreadable. */
export function readRemoval(bytes: Uint8Array): { readonly traceparent?: string; readonly revision?: number } {
  if (bytes.byteLength === 0) return {};
  const { value: _, ...written } = decode(bytes);
  return written;
}
