import type { KvWatchEntry } from "@nats-io/kv";

/** What a bucket's stream holds under one key: a value, or that it was taken away. */
export type Entry = Pick<KvWatchEntry, "key" | "value" | "revision" | "operation">;

/** Everything under a filter as it was at one sequence of the stream. */
export type Snapshot = { readonly entries: readonly Entry[]; readonly sequence: number };

/** When a bucket was made (RFC 3339), and the sequence of the last message in it; 0 when there has been none. */
export type BucketState = { readonly madeAt: string; readonly last: number };
