import { temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { shared } from "./support.ts";

const facts = shared(async (_mesh, resources) => ({ files: resources.use(await temporaryDirectory()) }));

/** Runs `causeway kv` with these arguments; a word that begins with "@" is a file of the test's. */
async function kv(...args: readonly string[]): Promise<string> {
  const { mesh, files } = facts();
  const words = args.map((word) => (word.startsWith("@") ? `@${files.path}/${word.slice(1)}` : word));
  const { status, out, err } = await mesh.causeway("kv", ...words);
  return [status, out, err]
    .filter((part) => part !== "")
    .join(" ")
    .trimEnd();
}

describe("kv", () => {
  test("puts, gets and deletes", async () => {
    expect(await kv("put", "/app/port", "5")).toBe("0 Success! Data written to: app/port");
    expect(await kv("get", "app/port")).toBe("0 5");
    expect(await kv("get", "-base64", "app/port")).toBe("0 NQ==");
    expect(await kv("delete", "app/port")).toBe("0 Success! Deleted key: app/port");
    expect(await kv("get", "app/port")).toBe("1 Error! No key exists at: app/port");
  });

  test("tells all of a key, in columns", async () => {
    await kv("put", "-flags", "18446744073709551615", "all", "of it");
    expect(await kv("get", "-detailed", "all")).toMatch(
      /^0 CreateIndex {6}(\d+)\nFlags {12}18446744073709551615\nKey {14}all\nLockIndex {8}0\nModifyIndex {6}\1\nSession {10}-\nValue {12}of it$/,
    );
  });

  test("lists what begins with a text", async () => {
    for (const key of ["list/a", "list/b/c", "list/b/d"]) await kv("put", key, "x");
    expect(await kv("get", "-recurse", "list/")).toBe("0 list/a:x\nlist/b/c:x\nlist/b/d:x");
    expect(await kv("get", "-keys", "list/")).toBe("0 list/a\nlist/b/");
    expect(await kv("get", "-keys", "-separator", "", "list/b")).toBe("0 list/b/c\nlist/b/d");
    expect(await kv("get", "-keys", "none/")).toBe("0");
    expect(await kv("delete", "-recurse", "list/")).toBe("0 Success! Deleted keys with prefix: list/");
    expect(await kv("get", "-recurse", "list/")).toBe("0");
  });

  test("compares and sets", async () => {
    expect(await kv("put", "-cas", "-modify-index", "0", "once", "1")).toBe("0 Success! Data written to: once");
    expect(await kv("put", "-cas", "-modify-index", "0", "once", "2")).toBe(
      "1 Error! Did not write to once: CAS failed",
    );
    expect(await kv("delete", "-cas", "-modify-index", "1", "once")).toBe(
      "1 Error! Did not delete key once: CAS failed",
    );
    expect(await kv("delete", "-cas", "once")).toBe("1 Must specify -modify-index with -cas!");
  });

  test("takes files and base64, and exports what it can import elsewhere", async () => {
    const { files } = facts();
    await files.write("text", "from a file\n");
    await kv("put", "move/file", "@text");
    await kv("put", "-base64", "move/bytes", "/wD+");
    const exported = await kv("export", "move/");
    expect(exported).toBe(
      '0 [\n\t{\n\t\t"key": "move/bytes",\n\t\t"flags": 0,\n\t\t"value": "/wD+"\n\t},\n' +
        '\t{\n\t\t"key": "move/file",\n\t\t"flags": 0,\n\t\t"value": "ZnJvbSBhIGZpbGUK"\n\t}\n]',
    );
    await files.write("export.json", exported.slice(2));
    expect(await kv("import", "-prefix", "moved/", "@export.json")).toBe(
      "0 Imported: moved/move/bytes\nImported: moved/move/file",
    );
    expect(await kv("get", "-base64", "moved/move/bytes")).toBe("0 /wD+");
  });

  test.each<readonly [readonly string[], string]>([
    [["get"], "1 Error! Missing KEY argument"],
    [["get", "a", "b"], "1 Too many arguments (expected 1, got 2)"],
    [["put"], "1 Error! Missing KEY argument"],
    [["put", "k", "@none"], "1 Error! Failed to read file: "],
    [["put", "-base64", "k", "?"], "1 Error! Cannot base 64 decode data"],
    [["put", "-acquire", "k"], "1 Error! Missing -session (required with -acquire and -release)"],
    [
      ["put", "-acquire", "-session", "s", "k"],
      '1 Error! Failed writing data: Unexpected response code: 500 (invalid session "s")',
    ],
    [["delete"], "1 Error! Missing KEY argument"],
    [["delete", "-recurse", ".."], '1 Error! ".." cannot be asked for as a key over HTTP'],
    [["import"], "1 Error! Missing DATA argument"],
    [["import", "{"], "1 Cannot unmarshal data: "],
    [
      ["import", '[{"key":"k","flags":0,"value":"?"}]'],
      "1 Error base 64 decoding value for key k: illegal base64 data",
    ],
  ])("refuses %j", async (args, said) => {
    expect((await kv(...args)).slice(0, said.length)).toBe(said);
  });
});
