import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GUARDS } from "./index.ts";

const ENDPOINTS = join(import.meta.dirname, "../../endpoints");

/** Every path that stands in the sources of endpoints. */
function pathsServed(): string[] {
  const files = readdirSync(ENDPOINTS).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const sources = files.map((name) => readFileSync(join(ENDPOINTS, name), "utf8"));
  return sources.flatMap((source) =>
    [...source.matchAll(/^.*"(\/v1\/[a-z/-]+)"(?:,|:| \})/gm)].map(([, path = ""]) => path),
  );
}

test("every endpoint has a guard: one that has none needs operator:write", () => {
  const served = pathsServed();
  expect(served.length).toBeGreaterThan(80);
  expect(served.filter((path) => GUARDS[path] === undefined)).toEqual([]);
});
