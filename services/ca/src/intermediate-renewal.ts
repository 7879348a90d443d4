import type { KeyType, ValidityPeriod } from "@causeway/pki";

/** What is known of an intermediate when it is asked whether it will do. */
export type HeldIntermediate = ValidityPeriod & { readonly keyType: KeyType; readonly rootId: string };

/** What an intermediate should be. */
export type WantedIntermediate = {
  readonly keyType: KeyType;
  /** The active root, and when that ends. */
  readonly rootId: string;
  readonly rootEndsMs: number;
};

/** Whether an intermediate is to be replaced now, and why, or when it will be. */
export type IntermediateRenewal =
  | { readonly kind: "due"; readonly because: string }
  | { readonly kind: "later"; readonly atMs: number };

/**
 * Decides when an intermediate is replaced: at half of its life, and at once when the active root is another one or when keys are to be of
 * another kind. One that ends with its root is left alone, since another would end no later.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca
 */
export function intermediateRenewal(
  held: HeldIntermediate | undefined,
  { keyType, rootId, rootEndsMs }: WantedIntermediate,
  nowMs: number,
): IntermediateRenewal {
  if (held === undefined) return { kind: "due", because: "there is none" };
  if (held.rootId !== rootId) return { kind: "due", because: "another root is active" };
  if (held.keyType.type !== keyType.type || held.keyType.bits !== keyType.bits) {
    return { kind: "due", because: "keys are to be of another kind" };
  }
  if (held.notAfterMs >= rootEndsMs) return { kind: "later", atMs: Number.POSITIVE_INFINITY };
  const atMs = held.notBeforeMs + (held.notAfterMs - held.notBeforeMs) / 2;
  return nowMs >= atMs ? { kind: "due", because: "half of its life is over" } : { kind: "later", atMs };
}
