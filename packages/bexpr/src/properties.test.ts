import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkServiceNodeFields } from "./consul-fields.ts";
import { FilterError } from "./errors.ts";
import { compileFilter, evaluate } from "./evaluate.ts";
import type { Filter, Operator } from "./filter.ts";
import { parseFilter } from "./grammar.ts";
import { printFilter } from "./print.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const selector = fc
  .tuple(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,5}$/), fc.array(text, { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest]);
const comparison = fc.constantFrom<Operator>("Equal", "Not Equal", "In", "Not In", "Matches", "Not Matches");
const match = fc.oneof(
  fc.record({ kind: fc.constant("match" as const), selector, operator: comparison, value: text }),
  fc.record({
    kind: fc.constant("match" as const),
    selector,
    operator: fc.constantFrom<Operator>("Is Empty", "Is Not Empty"),
    value: fc.constant(undefined),
  }),
);
const { filter } = fc.letrec<{ filter: Filter; positive: Filter; joined: Filter }>((tie) => ({
  joined: fc.record({
    kind: fc.constantFrom("and" as const, "or" as const),
    operands: fc.array(tie("filter"), { minLength: 2, maxLength: 4 }),
  }),
  positive: fc.oneof({ maxDepth: 4 }, match, tie("joined")),
  filter: fc.oneof(
    { maxDepth: 4 },
    tie("positive"),
    fc.record({ kind: fc.constant("not" as const), operand: tie("positive") }),
  ),
}));

const shards = fc.array(
  fc.constantFrom(
    "a",
    "Node",
    ".",
    "==",
    " ",
    "!=",
    "not",
    "and",
    "or",
    "in",
    "is",
    "empty",
    "(",
    ")",
    "[",
    "]",
    '"',
    "`",
    "1",
    "\n",
    "é",
  ),
  { maxLength: 30 },
);

function outcome(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

describe("any text", () => {
  test("is a filter or a FilterError", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      shards.map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (expression) => {
        const result = outcome(() => parseFilter(expression));
        expect(result instanceof FilterError || !(result instanceof Error)).toBe(true);
        const compiled = outcome(() => compileFilter(expression, checkServiceNodeFields));
        expect(compiled instanceof FilterError || typeof compiled === "function").toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("any filter", () => {
  test("is what its print parses to", () => {
    fc.assert(
      fc.property(filter, (tree) => {
        expect(parseFilter(printFilter(tree))).toEqual(tree);
      }),
    );
  });

  test("gives an answer for any record", () => {
    fc.assert(
      fc.property(filter, fc.anything(), (tree, record) => {
        expect(typeof evaluate(tree, record)).toBe("boolean");
      }),
    );
  });

  test("and its negation never agree", () => {
    fc.assert(
      fc.property(filter, fc.jsonValue(), (tree, record) => {
        expect(evaluate({ kind: "not", operand: tree }, record)).toBe(!evaluate(tree, record));
      }),
    );
  });
});

describe("any described record", () => {
  test("gets the same answers whether empty fields are there or left out", () => {
    const expressions = [
      "Service.Port == 0",
      'Service.Kind == ""',
      "Service.Tags is empty",
      "Checks is empty",
      "a in Node.Meta",
    ];
    const sparse = fc.record(
      {
        Node: fc.record({ Meta: fc.constantFrom({}, null) }, { requiredKeys: [] }),
        Service: fc.record(
          { Port: fc.constant(0), Kind: fc.constant(""), Tags: fc.constantFrom([], null) },
          { requiredKeys: [] },
        ),
        Checks: fc.constantFrom([], null),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(sparse, (record) => {
        const answers = expressions.map((expression) => compileFilter(expression, checkServiceNodeFields)(record));
        expect(answers).toEqual([true, true, true, true, false]);
      }),
    );
  });
});
