import { recordNames } from "@causeway/bus";
import { indexOf, SNAPSHOT_VERSION, type Snapshot } from "@causeway/bus/snapshot";
import type { Context } from "../context.ts";
import { formatTable } from "../table.ts";
import { readSnapshot } from "./snapshot-file.ts";

/** Records of one kind: how many, and their bytes in all. */
type Kind = { readonly Name: string; readonly Sum: number; readonly Count: number };

/** Tells what is in a snapshot, as Consul does: its facts, then records by bucket and kind. */
export async function inspectSnapshot(file: string, format: string, context: Context): Promise<void> {
  const { snapshot, bytes } = await readSnapshot(file);
  const kinds = kindsOf(snapshot);
  const total = kinds.reduce((sum, { Sum }) => sum + Sum, 0);
  const meta = {
    ID: `${snapshot.datacenter}-${snapshot.takenMs}`,
    Datacenter: snapshot.datacenter,
    Taken: new Date(snapshot.takenMs).toISOString(),
    Size: bytes,
    Index: indexOf(snapshot),
    Version: SNAPSHOT_VERSION,
  };
  if (format === "json") {
    context.out(JSON.stringify({ Meta: meta, Stats: kinds, TotalSize: total }, undefined, 3));
    return;
  }
  const facts = Object.entries(meta).map(([name, value]) => [name, String(value)]);
  const rows = kinds.map(({ Name, Count, Sum }) => [Name, String(Count), sizeText(Sum)]);
  const line = ["----", "----", "----"];
  context.out(formatTable(facts, 8));
  context.out("");
  context.out(formatTable([["Type", "Count", "Size"], line, ...rows, line, ["Total", "", sizeText(total)]], 6));
}

function kindsOf({ buckets }: Snapshot): readonly Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { name, records } of buckets) {
    for (const { key, bytes } of records) {
      const Name = `${name}/${recordNames(key).kind}`;
      const { Sum, Count } = kinds.get(Name) ?? { Sum: 0, Count: 0 };
      kinds.set(Name, { Name, Sum: Sum + bytes.byteLength, Count: Count + 1 });
    }
  }
  return [...kinds.values()].sort((one, other) => other.Sum - one.Sum);
}

/** As Consul writes sizes: in units of 1024, with one digit after the point. */
function sizeText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  const power = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)}${units[power]}`;
}
