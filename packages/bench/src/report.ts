import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Machine } from "./machine.ts";
import type { Scale } from "./part.ts";
import { renderPlot } from "./plot.ts";
import type { Table } from "./table.ts";
import type { TargetResult } from "./targets.ts";

/** What one run of the benchmark found. */
export type Report = {
  readonly machine: Machine;
  readonly scale: Scale;
  readonly parts: readonly { readonly name: string; readonly seconds: number; readonly tables: readonly Table[] }[];
  readonly targets: readonly TargetResult[];
};

/** Where reports are kept, out of Git's sight. */
export const REPORTS: string = resolve(import.meta.dirname, "../../../.causeway/bench");

/** Writes the report as JSON, named for its moment, and beside it a picture of each table that has one; gives the path of the former. */
export async function writeReport(report: Report, folder: string = REPORTS): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, report.machine.date.replaceAll(":", "-"));
  await writeFile(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  for (const { name, tables } of report.parts) {
    const plots = tables.map(renderPlot).filter((plot) => plot !== undefined);
    for (const [at, plot] of plots.entries()) {
      await writeFile(`${path}-${name}${plots.length === 1 ? "" : `-${at + 1}`}.svg`, plot);
    }
  }
  return `${path}.json`;
}
