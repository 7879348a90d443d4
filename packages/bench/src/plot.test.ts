import { expect, test } from "vitest";
import { renderPlot } from "./plot.ts";

const columns = [
  { heading: "CPU s/GB", decimals: 2, plotted: true },
  { heading: "MB/s", decimals: 0 },
] as const;

test("the largest value has the longest bar, and what was not measured has none", () => {
  const rows = [
    { name: "half", values: [0.5, 10] },
    { name: "whole", values: [1, 20] },
    { name: "none", values: [Number.NaN, 30] },
  ];
  const svg = renderPlot({ title: "a < b", of: "proxy", columns, rows }) ?? "";
  expect([...svg.matchAll(/width="([\d.]+)" height="14"/g)].map(([, width]) => Number(width))).toEqual([190, 380]);
  expect(svg).toContain("a &lt; b");
  expect(svg).not.toContain("none");
});

test("a table without columns to plot has no picture", () => {
  expect(renderPlot({ title: "t", of: "x", columns: columns.slice(1), rows: [] })).toBeUndefined();
});
