import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { readSources, type SourceFlags } from "./sources.ts";

const flags = (told: Partial<SourceFlags>): SourceFlags => ({
  dev: false,
  paths: [],
  fragments: [],
  format: undefined,
  given: {},
  ...told,
});

test("later files win over earlier ones, flags over files, and fragments over flags", async () => {
  await using folder = await temporaryDirectory();
  await mkdir(join(folder.path, "d"));
  const one = await folder.write(
    "one.json",
    '{ "node_name": "one", "ports": { "http": 1, "dns": 1 }, "log_level": "warn" }',
  );
  await folder.write("d/b.hcl", 'node_name = "b"');
  await folder.write("d/a.hcl", 'node_name = "a"\nserver = true\nservice { name = "web" }');
  const paths = [one, join(folder.path, "d")];
  const told = { paths, given: { "http-port": "2", "log-level": "err" }, fragments: ['log_level = "info"'] };
  const { settings, paths: read, defining } = await readSources(flags(told));
  expect(settings).toEqual({ node_name: "b", server: true, ports: { http: 2, dns: 1 }, log_level: "info" });
  expect({ read, defining }).toEqual({ read: paths, defining: [] });
});

test("-dev stands before all files", async () => {
  await using folder = await temporaryDirectory();
  const file = await folder.write("a.hcl", 'bind_addr = "10.0.0.1"');
  const { settings } = await readSources(flags({ dev: true, paths: [file] }));
  expect(settings).toMatchObject({ bind_addr: "10.0.0.1", server: true });
});

test("fragments may define services too", async () => {
  const fragments = ['service { name = "web" }', 'node_name = "n"'];
  const { settings, defining } = await readSources(flags({ fragments }));
  expect({ settings, defining }).toEqual({ settings: { node_name: "n" }, defining: [fragments[0]] });
});

test("a file whose name does not tell its format is passed over, unless its format is told", async () => {
  await using folder = await temporaryDirectory();
  const file = await folder.write("agent.conf", 'node_name = "n"');
  const passed = await readSources(flags({ paths: [file] }));
  expect(passed).toMatchObject({ settings: {}, paths: [] });
  expect(passed.warnings).toEqual([
    `skipping file ${file}, extension must be .hcl or .json, or config format must be set`,
  ]);
  expect(await readSources(flags({ paths: [file], format: "hcl" }))).toMatchObject({ settings: { node_name: "n" } });
});

test.each([
  [
    "an unknown key",
    "nodename2 = 1",
    /Error parsing .*: 1 error occurred:\n\t\* invalid config key nodename2 \(line 1\)$/,
  ],
  ["an unknown key of a block", "acl { on = true }", /invalid config key acl\.on/],
  ["no HCL", "acl {", /^Error parsing /],
])("%s is refused with the file's name", async (_, text, problem) => {
  await using folder = await temporaryDirectory();
  const file = await folder.write("a.hcl", text);
  await expect(readSources(flags({ paths: [file] }))).rejects.toThrow(problem);
  await expect(readSources(flags({ paths: [file] }))).rejects.toThrow(file);
  await expect(readSources(flags({ fragments: [text] }))).rejects.toThrow("flags-0.hcl");
});

test("a path that leads nowhere, and a format that there is not", async () => {
  await expect(readSources(flags({ paths: ["/nowhere.hcl"] }))).rejects.toThrow(
    /^config: Open failed on \/nowhere\.hcl: ENOENT/,
  );
  await expect(readSources(flags({ paths: ["/tmp"], format: "yaml" }))).rejects.toThrow(
    "must be either 'hcl' or 'json'",
  );
});
