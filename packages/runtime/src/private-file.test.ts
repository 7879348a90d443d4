import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { writePrivateFile } from "./private-file.ts";

test("only the owner can read what is written, and it is replaced as a whole", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "made", "file.json");
  await writePrivateFile(path, "a longer text that comes first");
  await writePrivateFile(path, "the second");
  expect(await readFile(path, "utf8")).toBe("the second");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("several at once leave one whole text, and nothing beside it", async () => {
  await using folder = await temporaryDirectory();
  const texts = ["a", "b", "c"].map((letter) => letter.repeat(100_000));
  await Promise.all(texts.map((text) => writePrivateFile(join(folder.path, "file"), text)));
  expect(texts).toContain(await readFile(join(folder.path, "file"), "utf8"));
  expect(await readdir(folder.path)).toEqual(["file"]);
});

test("what cannot be put in its place is told, and leaves nothing beside it", async () => {
  await using folder = await temporaryDirectory();
  await mkdir(join(folder.path, "folder", "inside"), { recursive: true });
  await expect(writePrivateFile(join(folder.path, "folder"), "text")).rejects.toThrow("EISDIR");
  expect(await readdir(folder.path)).toEqual(["folder"]);
});
