import { chmod } from "node:fs/promises";
import { expect, test } from "vitest";
import { findNatsServer } from "./find-nats-server.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("CAUSEWAY_NATS_SERVER comes before PATH", async () => {
  await using directory = await temporaryDirectory();
  const told = await directory.write("told", "");
  const onPath = await directory.write("bin/nats-server", "");
  await Promise.all([chmod(told, 0o755), chmod(onPath, 0o755)]);
  expect(findNatsServer({ CAUSEWAY_NATS_SERVER: told, PATH: `${directory.path}/bin` })).toBe(told);
  expect(findNatsServer({ PATH: `/nowhere:${directory.path}/bin` })).toBe(onPath);
});

test("a binary that was named but cannot be executed is not replaced by another", async () => {
  await using directory = await temporaryDirectory();
  const told = await directory.write("told", "");
  expect(() => findNatsServer({ CAUSEWAY_NATS_SERVER: told, PATH: process.env["PATH"] })).toThrow(
    expect.objectContaining({ failure: { code: "NATS_SERVER_NOT_FOUND", looked: [told] } }),
  );
});
