import type { BucketDefinition, Reply, Request } from "@causeway/model";
import { ask } from "./ask.ts";
import type { BucketState, Snapshot } from "./bucket-state.ts";
import { encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { BusError, Refusal } from "./errors.ts";
import { PART_BYTES } from "./parts.ts";
import type { Stored } from "./record.ts";

/** An owner has the part in memory; one that takes longer is no faster than the bucket itself. */
const ASK_WITHIN_MS = 2_000;

/** HTTP's "content too large". */
const TOO_LARGE = 413;

/** Which part of a bucket is asked for, and what NATS says of the bucket. */
export type AskedPart = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly state: BucketState;
};

/**
 * Asks the owner of a bucket for all records whose keys go on after a kind and names; undefined when the bucket itself has to be read: the
 * owner gives no parts, is not there, or knows another bucket of that name.
 */
export async function askForPart(
  bus: Bus,
  { name, readBy }: BucketDefinition,
  { kind, names, state }: AskedPart,
): Promise<Snapshot | undefined> {
  if (readBy === undefined) return undefined;
  try {
    const asked = { Kind: kind, Names: [...names], Revision: state.last };
    const { MadeAt, Revision, Records } = await ask(bus, readBy, asked, { timeoutMs: ASK_WITHIN_MS });
    if (MadeAt !== state.madeAt) return undefined;
    return { sequence: Revision, entries: Records.map((record) => entryOf(name, record)) };
  } catch (error) {
    if (!(error instanceof BusError || error instanceof Refusal)) throw error;
    if (!isUsual(error)) bus.log.info({ bucket: name, kind, names, reason: error.message }, "owner gave no part");
    return undefined;
  }
}

/** When all starts at once, owners come later than those who ask; and what is large is read faster than it is given. */
function isUsual(error: BusError | Refusal): boolean {
  return error instanceof Refusal ? error.status === TOO_LARGE : error.failure.code === "NO_SERVICE";
}

function entryOf(bucket: string, { Key, Revision, Packed }: Reply<"catalog.read">["Records"][number]) {
  if (!(Packed instanceof Uint8Array)) {
    throw new BusError({ code: "INVALID", what: `${bucket} ${Key}`, field: "Packed", reason: "is not bytes" });
  }
  return { key: Key, value: Packed, revision: Revision, operation: "PUT" } as const;
}

/** What an owner gives parts of: its own mirror of the whole bucket. */
export type Owned = {
  readonly madeAt: string;
  readonly revision: number;
  reach(revision: number): Promise<void>;
  entry(key: string): Stored<unknown> | undefined;
};

/**
 * Gives the part of an owner's bucket that is asked for, as it is in memory once it has reached `Revision`.
 *
 * @param keysUnder - the keys that go on after a kind and names, at the moment when it is called.
 * @throws Refusal 413 when it is too large for one message; what `reach` throws when the owner is behind.
 */
export async function givePart(
  owned: Owned,
  keysUnder: (kind: string, names: readonly string[]) => Iterable<string>,
  { Kind, Names, Revision }: Request<"catalog.read">,
): Promise<Reply<"catalog.read">> {
  await owned.reach(Revision);
  const Records: Reply<"catalog.read">["Records"] = [];
  let bytes = 0;
  for (const key of keysUnder(Kind, Names)) {
    const stored = owned.entry(key);
    if (stored === undefined) continue;
    const Packed = encode({ value: stored.value });
    bytes += Packed.byteLength + key.length;
    if (bytes > PART_BYTES) throw new Refusal(TOO_LARGE, `more than ${PART_BYTES} bytes: read the bucket itself`);
    Records.push({ Key: key, Revision: stored.revision, Packed });
  }
  return { MadeAt: owned.madeAt, Revision: owned.revision, Records };
}
