import { access, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./temporary-directory.ts";

test("files are there until the directory is disposed of", async () => {
  let file: string;
  {
    await using directory = await temporaryDirectory();
    file = await directory.write("certs/ca.pem", "a certificate");
    expect(await readFile(file, "utf8")).toBe("a certificate");
  }
  await expect(access(file)).rejects.toMatchObject({ code: "ENOENT" });
});

test("two directories are never the same", async () => {
  await using one = await temporaryDirectory();
  await using other = await temporaryDirectory();
  expect(one.path).not.toBe(other.path);
});
