import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Machine } from "./machine.ts";
import type { Scale } from "./part.ts";
import type { Table } from "./table.ts";

/** What one run of the benchmark found. */
export type Report = {
  readonly machine: Machine;
  readonly scale: Scale;
  readonly parts: readonly { readonly name: string; readonly seconds: number; readonly tables: readonly Table[] }[];
};

/** Where reports are kept, out of Git's sight. */
export const REPORTS: string = resolve(import.meta.dirname, "../../../.causeway/bench");

/** Writes the report as JSON, named for its moment; gives the path. */
export async function writeReport(report: Report, folder: string = REPORTS): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${report.machine.date.replaceAll(":", "-")}.json`);
  await writeFile(path, `${JSON.stringify(report, undefined, 2)}\n`);
  return path;
}
