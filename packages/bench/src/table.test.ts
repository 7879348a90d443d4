import { expect, test } from "vitest";
import { renderTable } from "./table.ts";

test("a table is aligned, rounded, and has a dash for what was not measured", () => {
  const text = renderTable({
    title: "SNI passthrough",
    of: "proxy",
    columns: [
      { heading: "CPU s/GB", decimals: 2 },
      { heading: "connections/s", decimals: 0 },
    ],
    rows: [
      { name: "causeway", values: [0.218, 12_345.6] },
      { name: "nginx", values: [0.85, undefined] },
    ],
  });
  expect(text).toBe(`### SNI passthrough

| proxy    | CPU s/GB | connections/s |
|----------|---------:|--------------:|
| causeway |     0.22 |        12,346 |
| nginx    |     0.85 |             – |
`);
});

test("what cannot be computed is a dash too, and zero is not", () => {
  const table = { title: "t", of: "x", columns: [{ heading: "a", decimals: 1 }] };
  expect(renderTable({ ...table, rows: [{ name: "n", values: [Number.NaN] }] })).toContain("|   – |");
  expect(renderTable({ ...table, rows: [{ name: "n", values: [0] }] })).toContain("| 0.0 |");
});
