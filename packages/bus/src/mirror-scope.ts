import { recordKey, type Stored } from "./record.ts";

/** What of a bucket is mirrored. */
export type MirrorScope<K extends string = string> = {
  readonly kind?: K;
  readonly names?: readonly string[];
  /** Whether `names` are a whole record's. */
  readonly exact?: boolean;
  readonly datacenter?: string;
};

/** One key that has changed: `record` is undefined when it is gone. */
export type Change<T> = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly revision: number;
  readonly record: Stored<T> | undefined;
  /** Trace context of the write, when it had one that is known. */
  readonly traceparent?: string | undefined;
};

/** How a mirror reports: `changed` for each key, also while it reads for the first time, and `current` each time it has read to the end. */
export type MirrorEvents<T> = {
  readonly changed?: (change: Change<T>) => void;
  readonly current?: () => void;
};

/** The keys that a scope stands for, as NATS filters them: all, those that begin alike, or one. */
export function filterOf({ kind, names = [], exact = false }: MirrorScope): string {
  if (kind === undefined) return ">";
  return exact ? recordKey(kind, names) : `${recordKey(kind, names)}.>`;
}
