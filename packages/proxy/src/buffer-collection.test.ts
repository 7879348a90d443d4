import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { BUFFERS_COUNT } from "./buffer-collection.ts";

// Set while a process runs, a flag that V8 has not is passed over without a word; on the command line it is not.
test("V8 knows the flag", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BUFFERS_COUNT, "--print", "'started'"]);
  expect(stdout).toBe("started\n");
});
