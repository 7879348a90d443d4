import type { Filter, Match, Operator } from "./filter.ts";
import { unquote } from "./go-text.ts";
import {
  ahead,
  character,
  choice,
  converted,
  end,
  fault,
  literal,
  many,
  mapped,
  not,
  optional,
  type Parser,
  read,
  rule,
  sequence,
} from "./peg.ts";

/**
 * Parses an expression; throws a FilterError whose text is Consul's.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/filtering
 */
export function parseFilter(text: string): Filter {
  return read(input, text);
}

const blank = character("[ \\t\\r\\n]", /^[ \t\r\n]$/);
const blanks = rule(() => sequence(blank, many(blank)));
const anyBlanks = optional(blanks);

const input: Parser<Filter> = rule(() =>
  choice(
    mapped(
      sequence(anyBlanks, literal("("), anyBlanks, or, anyBlanks, literal(")"), anyBlanks, end),
      ([, , , filter]) => filter,
    ),
    mapped(sequence(anyBlanks, or, anyBlanks, end), ([, filter]) => filter),
  ),
);
const or: Parser<Filter> = rule(() => chain("or", and));
const and: Parser<Filter> = rule(() => chain("and", negation));

function chain(kind: "and" | "or", operand: Parser<Filter>): Parser<Filter> {
  const others = many(mapped(sequence(blanks, literal(kind), blanks, operand), ([, , , filter]) => filter));
  return mapped(sequence(operand, others), ([first, rest]) =>
    rest.length === 0 ? first : { kind, operands: [first, ...rest] },
  );
}

const negation: Parser<Filter> = rule(() =>
  choice(
    mapped(
      sequence(literal("not"), blanks, negation),
      ([, , operand]): Filter => (operand.kind === "not" ? operand.operand : { kind: "not", operand }),
    ),
    grouping,
  ),
);
const grouping: Parser<Filter> = rule(() =>
  choice<Filter>(
    mapped(sequence(literal("("), anyBlanks, or, anyBlanks, literal(")")), ([, , filter]) => filter),
    match,
    fault("grouping", "Unmatched parentheses", literal("("), anyBlanks, or, anyBlanks, not(literal(")"))),
  ),
);

const match: Parser<Match> = rule(() =>
  choice<Match>(
    mapped(sequence(selector, comparison, value), ([path, operator, text]) => matchOf(path, operator, text)),
    mapped(sequence(selector, emptiness), ([path, operator]) => matchOf(path, operator, undefined)),
    mapped(sequence(value, membership, selector), ([text, operator, path]) => matchOf(path, operator, text)),
    fault("match", "Invalid selector", value, membership, not(selector)),
  ),
);

function matchOf(selector: readonly string[], operator: Operator, value: string | undefined): Match {
  return { kind: "match", selector, operator, value };
}

const comparison = choice(
  operator("Equal", anyBlanks, literal("=="), anyBlanks),
  operator("Not Equal", anyBlanks, literal("!="), anyBlanks),
  operator("In", blanks, literal("contains"), blanks),
  operator("Not In", blanks, literal("not"), blanks, literal("contains"), blanks),
  operator("Matches", blanks, literal("matches"), blanks),
  operator("Not Matches", blanks, literal("not"), blanks, literal("matches"), blanks),
);
const emptiness = choice(
  operator("Is Empty", blanks, literal("is"), blanks, literal("empty")),
  operator("Is Not Empty", blanks, literal("is"), blanks, literal("not"), blanks, literal("empty")),
);
const membership = choice(
  operator("In", blanks, literal("in"), blanks),
  operator("Not In", blanks, literal("not"), blanks, literal("in"), blanks),
);

function operator(name: Operator, ...words: readonly Parser<unknown>[]): Parser<Operator> {
  return mapped(sequence(...words), () => name);
}

const selector: Parser<readonly string[]> = rule(() =>
  mapped(
    sequence(
      identifier,
      many(
        choice(
          mapped(sequence(literal("."), identifier), ([, name]) => name),
          index,
        ),
      ),
    ),
    ([first, rest]) => [first, ...rest],
  ),
);
const identifier: Parser<string> = rule(() =>
  mapped(
    sequence(character("[a-zA-Z]", /^[a-zA-Z]$/), many(character("[a-zA-Z0-9_]", /^[a-zA-Z0-9_]$/))),
    (_, source) => source,
  ),
);
const index: Parser<string> = rule(() =>
  choice<string>(
    mapped(sequence(literal("["), anyBlanks, text, anyBlanks, literal("]")), ([, , key]) => key),
    fault("index", "Invalid index", literal("["), anyBlanks, not(text)),
    fault("index", "Unclosed index expression", literal("["), anyBlanks, text, anyBlanks, not(literal("]"))),
  ),
);

const value: Parser<string> = rule(() =>
  choice(
    mapped(selector, (path) => path.join(".")),
    number,
    text,
  ),
);

const digits = many(character("[0-9]", /^[0-9]$/));
const number: Parser<string> = rule(() => {
  const whole = choice<unknown>(literal("0"), sequence(character("[1-9]", /^[1-9]$/), digits));
  const fraction = sequence(literal("."), character("[0-9]", /^[0-9]$/), digits);
  const numeral = sequence(optional(literal("-")), whole, optional(fraction));
  const after = ahead(choice<unknown>(blanks, end, literal(")")));
  return choice<string>(
    mapped(sequence(numeral, after), (_, source) => source),
    fault("number", "Invalid number literal", numeral, not(after)),
  );
});
const text: Parser<string> = rule(() => {
  const anything = character(".", /./su);
  const raw = sequence(literal("`"), many(sequence(not(literal("`")), anything)));
  const quoted = sequence(literal('"'), many(sequence(not(literal('"')), anything)));
  const whole = choice<unknown>(sequence(raw, literal("`")), sequence(quoted, literal('"')));
  return choice<string>(
    converted(whole, unquote, "string", "invalid syntax"),
    fault("string", "Unterminated string literal", choice<unknown>(raw, quoted), end),
  );
});
