import { expect, test } from "vitest";
import { cpuOf, cpuSecondsOf, residentBytesOf, usageOf } from "./process-usage.ts";

const FIELDS = "S 1 42 42 0 -1 4194560 500 0 0 0 150 25 7 3 20 0 11 0 12345 1000000 2500";

const stats = [
  { name: "a plain name", stat: `42 (node) ${FIELDS}` },
  { name: "a name with blanks", stat: `42 (tmux: server) ${FIELDS}` },
  { name: "a name with brackets", stat: `42 (evil) R 9 9 (x) ${FIELDS}` },
];
for (const { name, stat } of stats) {
  test(`user and system time are added: ${name}`, () => expect(cpuSecondsOf(stat)).toBe(1.75));
}

test("resident memory is told in kB", () => {
  expect(residentBytesOf("VmSize:\t  9 kB\nVmRSS:\t    2048 kB\nRssAnon:\t 4 kB\n")).toBe(2_097_152);
});

test("a process that has ended has no memory left", () => expect(residentBytesOf("Name:\tnode\nState:\tZ\n")).toBe(0));

test("this process holds memory, and has used the time that its work took", async () => {
  const { residentBytes } = await usageOf(process.pid);
  expect(residentBytes).toBeGreaterThan(1_000_000);
  const { cpuSeconds, result } = await cpuOf(process.pid, async () => {
    const started = process.cpuUsage();
    const used = () => process.cpuUsage(started);
    while (used().user + used().system < 50_000) Math.sqrt(2);
    return "done";
  });
  expect(result).toBe("done");
  expect(cpuSeconds).toBeGreaterThanOrEqual(0.03);
});

test("a process that is not there is told of", () => expect(usageOf(2 ** 22 + 1)).rejects.toThrow("ENOENT"));
