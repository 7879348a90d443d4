import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import type { Context } from "./context.ts";
import { servicesIn } from "./service-definition.ts";

const context: Context = {
  env: {},
  out: () => undefined,
  outBytes: () => undefined,
  err: () => undefined,
  readStdin: async () => 'service { name = "stdin" }',
  readStdinBytes: async () => new Uint8Array(),
};

test("services come from standard input, from files and from folders, in their order", async () => {
  await using folder = await temporaryDirectory();
  await writeFile(join(folder.path, "b.hcl"), 'service { name = "b" }');
  await writeFile(join(folder.path, "a.json"), '{ "services": [{ "name": "a1" }, { "name": "a2" }] }');
  const found = await servicesIn(["-", folder.path, join(folder.path, "b.hcl")], context);
  expect(found.map((service) => service["Name"])).toEqual(["stdin", "a1", "a2", "b", "b"]);
});

test.each([
  ['node_name = "n1"', 'mesh.hcl: has neither "service" nor "services"'],
  ['service { name = "a" prot = 1 }', "mesh.hcl: 1 error occurred:\n\t* invalid config key service.prot (line 1)"],
])("a file that says %s is refused by its name", async (text, problem) => {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, "mesh.hcl");
  await writeFile(file, text);
  await expect(servicesIn([file], context)).rejects.toThrow(problem);
});
