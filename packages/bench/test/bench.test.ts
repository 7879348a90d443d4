import { startMesh } from "@causeway/e2e";
import { expect, test } from "vitest";
import { measureQueries } from "../src/parts/queries.ts";

test("every query that a change concerns is answered, and no other", { timeout: 300_000 }, async () => {
  await using mesh = await startMesh();
  const { columns, rows } = await measureQueries(mesh, { queries: 20, services: 4, changes: 2 });
  const value = (heading: string) => rows[0]?.values[columns.findIndex((column) => column.heading === heading)];
  expect(value("RSS MB")).toBeGreaterThan(10);
  expect(value("concerned by a change")).toBe(5);
  expect(value("answered after ms p50")).toBeGreaterThan(0);
  expect(value("others answered")).toBe(0);
});
