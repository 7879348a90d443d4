import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { readDefinitions } from "./read.ts";

test("a folder is its files by name, without what is no definition; later paths come after it", async () => {
  await using folder = await temporaryDirectory();
  const dir = join(folder.path, "d");
  await mkdir(join(dir, "inner.hcl"), { recursive: true });
  await writeFile(join(dir, "b.json"), '{ "service": { "name": "b" } }');
  await writeFile(join(dir, "a.hcl"), 'service { name = "a" }');
  await writeFile(join(dir, "c.hcl"), "\n");
  await writeFile(join(dir, "notes.txt"), "nothing that can be read");
  const one = join(folder.path, "one");
  await writeFile(one, 'service { name = "one" }');
  const { services } = await readDefinitions([dir, one]);
  expect(services.map(({ file, value }) => [file, value["Name"]])).toEqual([
    [join(dir, "a.hcl"), "a"],
    [join(dir, "b.json"), "b"],
    [one, "one"],
  ]);
});

test("a path that leads nowhere is named", async () => {
  await expect(readDefinitions(["/nowhere/at/all.hcl"])).rejects.toThrow(
    /^cannot read \/nowhere\/at\/all\.hcl: ENOENT/,
  );
});
