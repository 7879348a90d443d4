import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { BUCKETS, type BucketDefinition, misfitOf, type Static, Type } from "@causeway/model";
import { Packr } from "msgpackr";
import { BusError } from "../errors.ts";
import { readRecord } from "../record.ts";
import { type Snapshot, SnapshotError } from "./snapshot.ts";

/** What begins the first line, before the version and the checksum of all that follows it. */
const MAGIC = "causeway-snapshot";

/** The version of the format that is written, and the newest that can be read. */
export const SNAPSHOT_VERSION = 1;

/** More than a mesh of a million instances has; a file that unpacks to more is none of ours. */
const MAX_UNPACKED_BYTES = 2 ** 31;

const HEADER = /^causeway-snapshot (\d+) sha256=([0-9a-f]{64})$/;
/** A header is shorter; a file without any line end is not searched to its end. */
const MAX_HEADER_BYTES = 200;

/** The names in a file are no shorter than those in memory: a snapshot may be read by whoever has to make sense of it by other means. */
const Contents = Type.Object({
  Datacenter: Type.String(),
  PrimaryDatacenter: Type.String(),
  TakenMs: Type.Number(),
  Buckets: Type.Array(
    Type.Object({
      Name: Type.String(),
      Revision: Type.Integer({ minimum: 0 }),
      Records: Type.Array(
        Type.Object({ Key: Type.String(), Revision: Type.Integer({ minimum: 0 }), Value: Type.Unknown() }),
      ),
    }),
  ),
});

const packr = new Packr({ useRecords: false, moreTypes: false });

/** A snapshot as a file: a line with the version and a SHA-256, then msgpack, compressed by gzip. */
export function packSnapshot({ datacenter, primaryDatacenter, takenMs, buckets }: Snapshot): Uint8Array {
  const contents: Static<typeof Contents> = {
    Datacenter: datacenter,
    PrimaryDatacenter: primaryDatacenter,
    TakenMs: takenMs,
    Buckets: buckets.map(({ name, revision, records }) => ({
      Name: name,
      Revision: revision,
      Records: records.map(({ key, revision: at, bytes }) => ({ Key: key, Revision: at, Value: Buffer.from(bytes) })),
    })),
  };
  const body = gzipSync(packr.pack(contents));
  return Buffer.concat([Buffer.from(`${MAGIC} ${SNAPSHOT_VERSION} sha256=${sha256(body)}\n`), body]);
}

/**
 * The snapshot in a file, every record of which fits the schema of its kind.
 *
 * @throws SnapshotError that says what is wrong with the file.
 */
export function unpackSnapshot(file: Uint8Array): Snapshot {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const contents = unpackContents(checkedBody(bytes));
  const misfit = misfitOf(Contents, contents);
  if (misfit !== undefined) throw new SnapshotError(`it is damaged: ${misfit.path.join(".")} ${misfit.reason}`);
  const { Datacenter, PrimaryDatacenter, TakenMs, Buckets } = contents as Static<typeof Contents>;
  const buckets = Buckets.map(({ Name, Revision, Records }) => {
    const definition = definitionOf(Name);
    const records = Records.map((record) => ({
      key: record.Key,
      revision: record.Revision,
      bytes: checkedBytes(definition, record.Key, record.Value),
    }));
    return { name: Name, revision: Revision, records };
  });
  return { datacenter: Datacenter, primaryDatacenter: PrimaryDatacenter, takenMs: TakenMs, buckets };
}

/** What follows the first line, once that has proved it whole. */
function checkedBody(bytes: Buffer): Buffer {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf("\n");
  const [, version, checksum] = HEADER.exec(bytes.toString("latin1", 0, Math.max(0, end))) ?? [];
  if (version === undefined) throw new SnapshotError("it is no snapshot that `causeway snapshot save` has made");
  if (Number(version) > SNAPSHOT_VERSION) {
    throw new SnapshotError(
      `it has version ${version} of the format, and this release knows ${SNAPSHOT_VERSION}: use the release that made it, or a newer one`,
    );
  }
  const body = bytes.subarray(end + 1);
  if (sha256(body) !== checksum) {
    throw new SnapshotError(
      "it is cut short or damaged: its checksum is not that of its contents. Take another copy of it",
    );
  }
  return body;
}

function unpackContents(body: Buffer): unknown {
  try {
    return packr.unpack(gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES }));
  } catch (cause) {
    throw new SnapshotError("it is damaged: its contents cannot be unpacked", { cause });
  }
}

function definitionOf(name: string): BucketDefinition {
  const definition = Object.values(BUCKETS).find((known) => known.name === name);
  if (definition === undefined) {
    throw new SnapshotError(
      `this release knows no bucket ${JSON.stringify(name)}: use the release that made it, or a newer one`,
    );
  }
  return definition;
}

function checkedBytes(definition: BucketDefinition, key: string, bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new SnapshotError(`it is damaged: ${definition.name} ${key} has no bytes`);
  try {
    readRecord(definition, key, bytes);
    return bytes;
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    throw new SnapshotError(`this release cannot use a record of it: ${cause.message}`, { cause });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
