import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

test("columns are as wide as their widest cell, and lines end without blanks", () => {
  expect(
    formatTable([
      ["Node", "Address"],
      ["a-long-name", "10.0.0.1"],
      ["b", ""],
    ]),
  ).toBe("Node         Address\na-long-name  10.0.0.1\nb");
});

test("no rows give no text", () => expect(formatTable([])).toBe(""));
