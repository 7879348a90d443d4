import { describe, expect, test } from "vitest";
import { parseConfigText } from "./document.ts";
import { HclError } from "./errors.ts";

function errorOf(text: string, file?: string): HclError {
  try {
    parseConfigText(text, { file });
  } catch (error) {
    if (error instanceof HclError) return error;
    throw error;
  }
  throw new Error(`no error in ${JSON.stringify(text)}`);
}

const cases = [
  { text: 'Kind = "a"\nServices 5', message: '2:10: expected "=" or "{" after the key "Services", found 5' },
  { text: 'Kind: "mesh"', message: '1:5: expected "=" or "{" after the key "Kind", found ":"' },
  { text: "mode = local", message: "1:8: expected a value, found the word local without quotes" },
  { text: "a = ", message: "1:5: expected a value, found the end of the file" },
  { text: "a {\n  b = 1\n", message: '3:1: expected a key, or "}" for the "{" of line 1, found the end of the file' },
  { text: "a = 1\n}", message: '2:1: expected a key, found "}"' },
  { text: 'a "b" = {}', message: '1:7: expected "{" after the labels of "a", found "="' },
  { text: "a = [1 2]", message: '1:8: expected "," or "]" after an item of a list, found 2' },
  { text: "a = [1", message: '1:7: expected "," or "]" after an item of a list, found the end of the file' },
  { text: 'a = "x\nb = 1', message: "1:5: this string does not end" },
  { text: 'a = "${x"\n', message: "1:5: this string does not end" },
  { text: String.raw`a = "C:\dir"`, message: String.raw`1:8: \d is not an escape; write \\ for a backslash` },
  { text: String.raw`a = "\UFFFFFFFF"`, message: String.raw`1:6: \U is not an escape; write \\ for a backslash` },
  { text: "timeout = 10s", message: '1:11: 10s is not a number; text needs quotes: "10s"' },
  { text: "a = 08", message: '1:5: 08 is not a number; text needs quotes: "08"' },
  { text: "a = 99999999999999999999", message: "1:5: 99999999999999999999 is not a number" },
  { text: "a = 1 /* x", message: "1:7: this comment does not end" },
  { text: "a = <<EOF\nx\n", message: "1:5: this heredoc does not end" },
  { text: "a = <<\nx\n", message: '1:5: expected a heredoc, such as <<EOF and a line break, found "<<"' },
  { text: "a = 1\na { }", message: '2:1: "a" is a plain value in one place and a block or list in the other (line 1)' },
  { text: '{"a": 1', message: '1:8: expected "," or "}" after a member of an object, found the end of the file' },
  { text: '{"a": 1,}', message: '1:9: expected a key in quotes, found "}"' },
  { text: '{\n  "a" 1}', message: '2:7: expected ":" after the key "a", found "1"' },
  { text: '{"a": yes}', message: '1:7: expected a value, found "yes"' },
  { text: '{"a": 01}', message: '1:7: expected a value, found "01"' },
  { text: '{"a": [1 2]}', message: '1:10: expected "," or "]" after an item of a list, found "2"' },
  { text: String.raw`{"a": "\d"}`, message: String.raw`1:8: \d is not an escape; write \\ for a backslash` },
  { text: '{"a": "x\n"}', message: "1:7: this string does not end" },
  { text: '{"a": 1e999}', message: "1:7: 1e999 is not a number" },
  { text: "{} x", message: '1:4: expected the end of the file, found "x"' },
];

describe("errors name the place, what was expected and what was found", () => {
  for (const { text, message } of cases) {
    test(JSON.stringify(text), () => expect(errorOf(text).message).toContain(message));
  }

  test("the file, the line and a mark under the column are shown", () => {
    const error = errorOf('Kind = "terminating-gateway"\n\n\tServices 5', "us-west.hcl");
    expect(error).toMatchObject({ file: "us-west.hcl", line: 3, column: 11, failure: { code: "UNEXPECTED" } });
    expect(error.message).toBe(
      'us-west.hcl:3:11: expected "=" or "{" after the key "Services", found 5\n    \tServices 5\n    \t         ^',
    );
  });

  test("columns count characters", () => expect(errorOf("a = 1 😀 = 2")).toMatchObject({ line: 1, column: 7 }));

  test("a long line is shown in part", () => {
    const [, shown = "", mark = ""] = errorOf(`{"${"a".repeat(10_000)}" 1}`).message.split("\n");
    expect(shown.length).toBeLessThan(130);
    expect(shown.at(mark.indexOf("^"))).toBe("1");
  });

  for (const [name, text] of [
    ["objects", "a { ".repeat(100_000)],
    ["lists", `a = ${"[".repeat(100_000)}`],
    ["labels", `${"a ".repeat(100_000)}{}`],
    ["JSON objects", '{"a":'.repeat(100_000)],
    ["JSON lists", `{"a":${"[".repeat(100_000)}`],
  ] as const) {
    test(`${name} nested without end are refused`, () => expect(errorOf(text).failure.code).toBe("TOO_DEEP"));
  }
});
