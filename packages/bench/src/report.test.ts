import { readdir, readFile } from "node:fs/promises";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { machine } from "./machine.ts";
import { writeReport } from "./report.ts";

test("a report is kept as JSON, with a picture of what can be plotted", async () => {
  await using folder = await temporaryDirectory();
  const table = { title: "t", of: "proxy", columns: [{ heading: "CPU", decimals: 1, plotted: true }] };
  const tables = [{ ...table, rows: [{ name: "one", values: [1] }] }];
  const report = {
    machine: machine(),
    scale: "small",
    parts: [{ name: "part", seconds: 1, tables }],
    targets: [],
  } as const;
  const path = await writeReport(report, folder.path);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(report);
  expect(await readdir(folder.path)).toContainEqual(expect.stringMatching(/-part\.svg$/));
});
