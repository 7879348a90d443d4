import { isDeepStrictEqual } from "node:util";
import type { FederationState } from "@causeway/model";

/** Which catalog a statement was read from, and at which revision of it. */
export type Version = Pick<FederationState, "CatalogMade" | "CatalogRevision">;

/** What a datacenter says of itself, apart from when it says so. */
export type Statement = Version & Pick<FederationState, "MeshGateways">;

/**
 * Whether `a` was true after `b` was: what comes from a catalog that was made later, or from a later revision of the same one.
 *
 * A strict order, so that the newest of any number of statements is the same one in whatever order they arrive.
 */
export function isNewer(a: Version, b: Version): boolean {
  const [madeA, madeB] = [instantOf(a.CatalogMade), instantOf(b.CatalogMade)];
  return madeA === madeB ? a.CatalogRevision > b.CatalogRevision : madeA > madeB;
}

/**
 * Whether a datacenter has to say what is true now, since the primary one does not know it: it knows nothing, something else, or something
 * older than what it has been told before, as one that lost its latest writes does. Never when it knows something newer.
 */
export function isNews(now: Statement, known: Statement | undefined, told: Version | undefined): boolean {
  if (known === undefined) return true;
  if (!isNewer(now, known)) return false;
  if (now.CatalogMade !== known.CatalogMade || !isDeepStrictEqual(now.MeshGateways, known.MeshGateways)) return true;
  return told !== undefined && isNewer(told, known);
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Nanoseconds since 1970 of an RFC 3339 time, of which NATS drops trailing zeros; undefined when it is none. */
export function nanosecondsOf(time: string): bigint | undefined {
  const [, seconds = "", fraction = "", zone = ""] = RFC3339.exec(time) ?? [];
  const ms = Date.parse(seconds + zone);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** A time that cannot be read is before all others. */
function instantOf(time: string): bigint {
  return nanosecondsOf(time) ?? -(2n ** 63n);
}
