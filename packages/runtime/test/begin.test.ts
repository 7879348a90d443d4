import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const FIXTURE = fileURLToPath(new URL("./fixtures/begin.ts", import.meta.url));

const cases = [
  { name: "is not optimized while it is held back", until: "never", optimized: false },
  { name: "is optimized once it is let", until: "let", optimized: true },
  { name: "is optimized when the hold is over, though nobody said so", until: "timeout", optimized: true },
] as const;
for (const { name, until, optimized } of cases) {
  test(`a program that begins ${name}`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--trace-opt", FIXTURE, until]);
    expect(/completed compiling .*heat/.test(stdout)).toBe(optimized);
  });
}
