import { describe, expect, test } from "vitest";
import { FilterError } from "./errors.ts";
import type { Filter, Match, Operator } from "./filter.ts";
import { parseFilter } from "./grammar.ts";

function match(selector: string, operator: Operator, value?: string): Match {
  return { kind: "match", selector: selector.split("."), operator, value };
}

const a = match("a", "Equal", "1");
const b = match("b", "Equal", "2");
const c = match("c", "Equal", "3");

const trees: readonly { readonly text: string; readonly filter: Filter }[] = [
  { text: "a == 1", filter: a },
  { text: " a==1 ", filter: a },
  { text: "a.b_2 != -0.5", filter: match("a.b_2", "Not Equal", "-0.5") },
  { text: 'a["x y"].z == `raw "text"`', filter: match("a.x y.z", "Equal", 'raw "text"') },
  { text: "a == b.c", filter: match("a", "Equal", "b.c") },
  { text: 'a == b["c d"]', filter: match("a", "Equal", "b.c d") },
  { text: "x in a", filter: match("a", "In", "x") },
  { text: '"x" not in a', filter: match("a", "Not In", "x") },
  { text: "a contains x", filter: match("a", "In", "x") },
  { text: "a not contains x", filter: match("a", "Not In", "x") },
  { text: "a is empty", filter: match("a", "Is Empty") },
  { text: "a is not\tempty", filter: match("a", "Is Not Empty") },
  { text: "a matches `^x`", filter: match("a", "Matches", "^x") },
  { text: "a not matches x", filter: match("a", "Not Matches", "x") },
  { text: "not a == 1", filter: { kind: "not", operand: a } },
  { text: "not not a == 1", filter: a },
  { text: "not == 1", filter: match("not", "Equal", "1") },
  { text: "(a == 1)", filter: a },
  { text: "a == 1 and b == 2 and c == 3", filter: { kind: "and", operands: [a, b, c] } },
  { text: "a == 1 or b == 2 and c == 3", filter: { kind: "or", operands: [a, { kind: "and", operands: [b, c] }] } },
  { text: "(a == 1 or b == 2) and c == 3", filter: { kind: "and", operands: [{ kind: "or", operands: [a, b] }, c] } },
  { text: "not a == 1 and b == 2", filter: { kind: "and", operands: [{ kind: "not", operand: a }, b] } },
  { text: String.raw`a == "\x41\u00e9\101\t\\"`, filter: match("a", "Equal", "AéA\t\\") },
  { text: String.raw`a == "\xc3\xa9"`, filter: match("a", "Equal", "é") },
];

describe("expressions", () => {
  for (const { text, filter } of trees) {
    test(text, () => expect(parseFilter(text)).toEqual(filter));
  }

  test("a thousand alternatives are no nesting", () => {
    const text = Array.from({ length: 1_000 }, (_, index) => `a == ${index}`).join(" or ");
    expect(parseFilter(text)).toMatchObject({ kind: "or", operands: { length: 1_000 } });
  });
});

const STRAY = '"!=", ".", "==", "[", [ \\t\\r\\n] or [a-zA-Z0-9_]';
const VALUE = '"-", "0", "\\"", "`", [ \\t\\r\\n], [1-9] or [a-zA-Z]';

const errors = [
  { text: "foo", reason: `1:4 (3): no match found, expected: ${STRAY}` },
  { text: "a ==", reason: `1:5 (4): no match found, expected: ${VALUE}` },
  {
    text: "a > 3",
    reason: '1:3 (2): no match found, expected: "!=", "==", "contains", "in", "is", "matches", "not" or [ \\t\\r\\n]',
  },
  { text: "a == 1 and", reason: "1:11 (10): no match found, expected: [ \\t\\r\\n]" },
  { text: "a == 1 b", reason: '1:8 (7): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF' },
  { text: 'a == ""\n and\nfoo', reason: `3:4 (16): no match found, expected: ${STRAY}` },
  { text: "a == é", reason: `1:6 (5): no match found, expected: ${VALUE}` },
  {
    text: "é == a",
    reason: '1:1 (0): no match found, expected: "(", "-", "0", "\\"", "`", "not", [ \\t\\r\\n], [1-9] or [a-zA-Z]',
  },
  { text: '"é" == a', reason: '1:5 (5): no match found, expected: "in", "not" or [ \\t\\r\\n]' },
  { text: "(a == 1", reason: '1:8 (7): rule "grouping": Unmatched parentheses' },
  { text: 'a == "x', reason: '1:8 (7): rule "string": Unterminated string literal' },
  { text: "a == 10.2.0.2", reason: '1:10 (9): rule "number": Invalid number literal' },
  { text: "a == 3x", reason: '1:7 (6): rule "number": Invalid number literal' },
  { text: "x in 32", reason: '1:6 (5): rule "match": Invalid selector' },
  { text: "a[3] == b", reason: '1:3 (2): rule "index": Invalid index' },
  { text: 'a["x" == 3', reason: '1:7 (6): rule "index": Unclosed index expression' },
  { text: String.raw`a == "x\"y"`, reason: '1:6 (5): rule "string": invalid syntax' },
  { text: 'a == "x\ny"', reason: '1:6 (5): rule "string": invalid syntax' },
  { text: String.raw`a == "\ud800"`, reason: '1:6 (5): rule "string": invalid syntax' },
];

describe("what is no expression is answered in Consul's words", () => {
  for (const { text, reason } of errors) {
    test(JSON.stringify(text), () => {
      const failing = () => parseFilter(text);
      expect(failing).toThrow(FilterError);
      expect(failing).toThrow(
        expect.objectContaining({ reason, failure: expect.objectContaining({ code: "SYNTAX" }) }),
      );
      expect(failing).toThrow(`Failed to create boolean expression evaluator: ${reason}`);
    });
  }

  for (const [name, text] of [
    ["parentheses", `${"(".repeat(10_000)}a == 1`],
    ["negations", `${"not ".repeat(10_000)}a == 1`],
  ] as const) {
    test(`${name} nested without end are refused`, () => {
      expect(() => parseFilter(text)).toThrow(expect.objectContaining({ failure: { code: "TOO_DEEP", limit: 250 } }));
    });
  }
});
