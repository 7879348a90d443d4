import type { Bucket, Mirror } from "@causeway/bus";
import { Refusal } from "@causeway/bus";
import { type BUCKETS, fromKeyToken, keyToken, MAX_KV_TOKEN_BYTES, MAX_KV_VALUE_BYTES } from "@causeway/model";
import type { Clock, Logger } from "@causeway/runtime";
import type { Gate } from "./gate.ts";
import type { HeldKeys } from "./held-keys.ts";

/** What the verbs work on. */
export type Store = {
  readonly bucket: Bucket<typeof BUCKETS.kv>;
  readonly mirror: Mirror<typeof BUCKETS.kv>;
  /** The nodes of this datacenter with their checks, on which sessions depend. */
  readonly nodes: Mirror<typeof BUCKETS.catalog, "node">;
  readonly held: HeldKeys;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Pick<Logger, "warn">;
};

/** Throws a Refusal for a key that no record can have. */
export function checkKey(key: string): void {
  if (key === "") throw new Refusal(500, "Must provide key");
  const { length } = keyToken(key);
  if (length <= MAX_KV_TOKEN_BYTES) return;
  const remedy = "letters, digits, - and _ count as one byte each, every other byte as three: use a shorter key";
  throw new Refusal(400, `Key is too long (${length} > ${MAX_KV_TOKEN_BYTES} bytes as it is stored): ${remedy}`);
}

/** Throws a Refusal for a value that is too long. */
export function checkValue(key: string, value: string): void {
  const bytes = Buffer.byteLength(value, "base64");
  if (bytes <= MAX_KV_VALUE_BYTES) return;
  throw new Refusal(413, `Value for key ${JSON.stringify(key)} is too large (${bytes} > ${MAX_KV_VALUE_BYTES} bytes)`);
}

/** The keys of the store that begin with `prefix`, as far as this replica has read; in no order. */
export function* keysUnder(
  { mirror }: Pick<Store, "mirror">,
  prefix: string,
): Generator<readonly [key: string, revision: number]> {
  // Letters stand for themselves in a record's key, so that most others need not be decoded.
  for (const [recordKey, { revision }] of mirror.entries()) {
    if (!recordKey.startsWith(ENTRY)) continue;
    const key = fromKeyToken(recordKey.slice(ENTRY.length));
    if (key.startsWith(prefix)) yield [key, revision];
  }
}

const ENTRY = "entry.";
