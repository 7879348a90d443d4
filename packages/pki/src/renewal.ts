/** When a certificate is valid, in milliseconds since 1970. */
export type ValidityPeriod = { readonly notBeforeMs: number; readonly notAfterMs: number };

/** A leaf is renewed after so much of its life; past the later of the two it is no longer good to serve with. */
const RENEW_FROM = 0.6;
const RENEW_UNTIL = 0.9;

/** New roots make everyone ask for a leaf; over this time they do. */
const ROOT_CHANGE_SPREAD_MS = 30_000;

/**
 * When to renew a leaf, in milliseconds since 1970: somewhere between 60 % and 90 % of its life, so that leaves that were made together
 * are not renewed together.
 *
 * @param random gives numbers from 0 up to 1.
 */
export function leafRenewal({ notBeforeMs, notAfterMs }: ValidityPeriod, random: () => number): number {
  const share = RENEW_FROM + random() * (RENEW_UNTIL - RENEW_FROM);
  return notBeforeMs + (notAfterMs - notBeforeMs) * share;
}

/** When to replace a leaf whose root has been rotated out, in milliseconds since 1970: within 30 seconds. */
export function renewalAfterRootChange(nowMs: number, random: () => number): number {
  return nowMs + random() * ROOT_CHANGE_SPREAD_MS;
}

/** Says whether a leaf is past 90 % of its life, and so to be replaced at once rather than at leisure. */
export function isOverdue({ notBeforeMs, notAfterMs }: ValidityPeriod, nowMs: number): boolean {
  return nowMs >= notBeforeMs + (notAfterMs - notBeforeMs) * RENEW_UNTIL;
}
