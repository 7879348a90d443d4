import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { findProgram, readVersion } from "./find-program.ts";

test("a program is found in the first folder of PATH that has it", async () => {
  await using folder = await temporaryDirectory();
  const program = await folder.write("second/measured", "");
  expect(findProgram("measured", `${folder.path}/first::${folder.path}/second`)).toBe(program);
});

test("one that is not installed is not found", () => {
  expect(findProgram("no-such-proxy", "/nowhere")).toBeUndefined();
});

const versions = [
  { text: "HAProxy version 2.6.12-1+deb12u3 2025/10/03 - https://haproxy.org/", expected: "2.6.12" },
  { text: "nginx version: nginx/1.22.1", expected: "1.22.1" },
  { text: "no number", expected: "" },
];
for (const { text, expected } of versions) test(text, () => expect(readVersion(text)).toBe(expected));
