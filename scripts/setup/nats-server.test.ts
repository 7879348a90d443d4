import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findNatsServer } from "./nats-server.mjs";
import { Problem } from "./problem.mjs";

let folder: string;
let binary: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-path-"));
  binary = join(folder, "nats-server");
  await writeFile(binary, "#!/bin/sh\n");
  await chmod(binary, 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

test("a server on PATH is found", () => {
  expect(findNatsServer({ PATH: `/nowhere:${folder}` })).toBe(binary);
});

test("CAUSEWAY_NATS_SERVER comes first", async () => {
  const told = join(folder, "told");
  await writeFile(told, "");
  await chmod(told, 0o755);
  expect(findNatsServer({ CAUSEWAY_NATS_SERVER: told, PATH: folder })).toBe(told);
});

test("a wrong CAUSEWAY_NATS_SERVER is a problem, not a reason to take another", async () => {
  await chmod(binary, 0o644);
  expect(() => findNatsServer({ CAUSEWAY_NATS_SERVER: binary, PATH: "/usr/bin" })).toThrow(Problem);
});
