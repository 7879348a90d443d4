import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isExposed, loadOrCreateSealKey } from "./seal-key-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seal-key-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("loadOrCreateSealKey", () => {
  test("makes a key that its owner alone may read, and then loads the same", async () => {
    const path = join(folder, "made", "on", "the", "way", "seal.key");
    const made = await loadOrCreateSealKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSealKey(path)).toEqual(made);
    expect(made.bytes).toHaveLength(32);
  });

  test("gives all of many that start at once the same key, and leaves nothing else behind", async () => {
    const path = join(folder, "seal.key");
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSealKey(path)));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(folder)).toEqual(["seal.key"]);
  });

  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    test(`refuses a file of mode ${mode.toString(8)} and says what to do`, async () => {
      const path = join(folder, "seal.key");
      await loadOrCreateSealKey(path);
      await chmod(path, mode);
      await expect(loadOrCreateSealKey(path)).rejects.toThrow(`(mode ${mode.toString(8)}): run chmod 600 ${path}`);
    });
  }

  for (const [name, text] of [
    ["an empty file", ""],
    ["a short key", "AAAA\n"],
    ["something else", "hello, this is not a key at all, but a text that goes on for a while\n"],
  ] as const) {
    test(`refuses ${name}, and leaves it as it is`, async () => {
      const path = join(folder, "seal.key");
      await writeFile(path, text, { mode: 0o600 });
      await expect(loadOrCreateSealKey(path)).rejects.toMatchObject({ code: "BAD_SEAL_KEY" });
      expect((await stat(path)).size).toBe(text.length);
    });
  }
});

const ROOT = 0;
const SERVICE = 65_532;

describe("isExposed", () => {
  for (const { name, mode, owner, reader, exposed } of [
    { name: "one's own", mode: 0o600, owner: SERVICE, reader: SERVICE, exposed: false },
    { name: "one's own, lent to a group", mode: 0o640, owner: SERVICE, reader: SERVICE, exposed: true },
    { name: "root's, lent to a group", mode: 0o440, owner: ROOT, reader: SERVICE, exposed: false },
    { name: "root's, which a group may write", mode: 0o660, owner: ROOT, reader: SERVICE, exposed: true },
    { name: "root's, which anyone may read", mode: 0o444, owner: ROOT, reader: SERVICE, exposed: true },
    { name: "root's, lent to a group by root for itself", mode: 0o640, owner: ROOT, reader: ROOT, exposed: true },
  ]) {
    test(`a file of ${name}: ${exposed}`, () => expect(isExposed({ mode, owner, reader })).toBe(exposed));
  }
});
