import { expect, test } from "vitest";
import { ratiosOf } from "./ratios.ts";

const table = {
  title: "SNI passthrough",
  of: "proxy",
  columns: [
    { heading: "CPU s/GB", decimals: 2 },
    { heading: "added ms", decimals: 2 },
  ],
  rows: [
    { name: "none", values: [undefined, undefined] },
    { name: "Causeway, splice", values: [0.2, 0.1] },
    { name: "HAProxy 2.6.12", values: [0.8, -0.1] },
    { name: "nginx 1.22.1", values: [0.4, 0.2] },
  ],
};

test("ours are told as shares of each peer's", () => {
  expect(ratiosOf(table, "Causeway", ["none"])?.rows).toEqual([
    { name: "Causeway, splice / HAProxy 2.6.12", values: [0.25, undefined] },
    { name: "Causeway, splice / nginx 1.22.1", values: [0.5, 0.5] },
  ]);
});

test("without peers there are no ratios", () => {
  expect(ratiosOf({ ...table, rows: table.rows.slice(0, 2) }, "Causeway", ["none"])).toBeUndefined();
});
