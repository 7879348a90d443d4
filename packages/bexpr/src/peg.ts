/**
 * Parsing expression grammars: ordered choice, greedy repetition, look-ahead.
 *
 * The grammar of filters is such a grammar, and its error texts list what could have stood at the furthest place that was reached.
 * That list depends on the order in which things are tried, so the parser tries them in that order.
 *
 * @see https://bford.info/pub/lang/peg.pdf
 */
import { FilterError, type Place, type Problem } from "./errors.ts";
import { quote } from "./go-text.ts";

/** What is known while one text is read. */
export type Reading = {
  readonly text: string;
  readonly problems: Problem[];
  /** Each rule's results by place, which keeps the work linear where alternatives begin alike. */
  readonly results: Map<object, Map<number, Step<unknown> | undefined>>;
  readonly wanted: Set<string>;
  furthest: number;
  /** Inside an odd number of negative look-aheads, where it is success that fails. */
  inverted: boolean;
  depth: number;
};

/** A parser gives what it read from offset `at`, or undefined when it does not apply there. */
export type Parser<T> = (reading: Reading, at: number) => Step<T> | undefined;
export type Step<T> = { readonly value: T; readonly end: number };

type Values<P extends readonly Parser<unknown>[]> = {
  readonly [I in keyof P]: P[I] extends Parser<infer T> ? T : never;
};

/** Rules within rules: about fifty parentheses, far above what anyone writes and far below what the stack bears. */
const MAX_DEPTH = 250;

/** Reads a whole text; throws a FilterError when `parser` does not apply, or applies but has met a problem on its way. */
export function read<T>(parser: Parser<T>, text: string): T {
  const reading: Reading = {
    text,
    problems: [],
    results: new Map(),
    wanted: new Set(),
    furthest: 0,
    inverted: false,
    depth: 0,
  };
  const step = parser(reading, 0);
  if (step !== undefined && reading.problems.length === 0) return step.value;
  const problems = reading.problems.length > 0 ? reading.problems : [nothingFits(reading)];
  throw new FilterError({ code: "SYNTAX", problems });
}

/** Exactly `word`. */
export function literal(word: string): Parser<string> {
  return (reading, at) => terminal(reading, at, reading.text.startsWith(word, at) ? word : undefined, quote(word));
}

/** One character that `pattern` matches; `label` is how errors call it. */
export function character(label: string, pattern: RegExp): Parser<string> {
  return (reading, at) => {
    const codePoint = reading.text.codePointAt(at);
    const found = codePoint === undefined ? undefined : String.fromCodePoint(codePoint);
    return terminal(reading, at, found !== undefined && pattern.test(found) ? found : undefined, label);
  };
}

/** All of `parsers`, one after the other. */
export function sequence<P extends readonly Parser<unknown>[]>(...parsers: P): Parser<Values<P>> {
  return (reading, at) => {
    const values: unknown[] = [];
    let end = at;
    for (const parser of parsers) {
      const step = parser(reading, end);
      if (step === undefined) return undefined;
      values.push(step.value);
      end = step.end;
    }
    // A tuple is built item by item only in ways that the compiler does not follow.
    return { value: values as unknown as Values<P>, end };
  };
}

/** The first of `parsers` that applies. */
export function choice<T>(...parsers: readonly Parser<T>[]): Parser<T> {
  return (reading, at) => {
    for (const parser of parsers) {
      const step = parser(reading, at);
      if (step !== undefined) return step;
    }
    return undefined;
  };
}

/** As many of `parser` as there are. */
export function many<T>(parser: Parser<T>): Parser<readonly T[]> {
  return (reading, at) => {
    const values: T[] = [];
    let end = at;
    for (let step = parser(reading, end); step !== undefined; step = parser(reading, end)) {
      values.push(step.value);
      end = step.end;
    }
    return { value: values, end };
  };
}

/** `parser` if it applies, else nothing. */
export function optional<T>(parser: Parser<T>): Parser<T | undefined> {
  return (reading, at) => parser(reading, at) ?? { value: undefined, end: at };
}

/** Looks ahead: `parser` must apply here. */
export function ahead(parser: Parser<unknown>): Parser<undefined> {
  return (reading, at) => (parser(reading, at) === undefined ? undefined : { value: undefined, end: at });
}

/** Looks ahead: `parser` must not apply here. */
export function not(parser: Parser<unknown>): Parser<undefined> {
  return (reading, at) => {
    reading.inverted = !reading.inverted;
    const step = parser(reading, at);
    reading.inverted = !reading.inverted;
    return step === undefined ? { value: undefined, end: at } : undefined;
  };
}

/** Never applies; where all of `parsers` do, the text is wrong for good, and `text` says why. */
export function fault(rule: string, text: string, ...parsers: readonly Parser<unknown>[]): Parser<never> {
  const condition = sequence(...parsers);
  return (reading, at) => {
    const step = condition(reading, at);
    if (step !== undefined) reading.problems.push({ place: placeOf(reading.text, step.end), rule, text });
    return undefined;
  };
}

/** What `parser` read, changed by `change`; `source` is the piece of text it read. */
export function mapped<S, T>(parser: Parser<S>, change: (value: S, source: string) => T): Parser<T> {
  return (reading, at) => {
    const step = parser(reading, at);
    return step && { value: change(step.value, reading.text.slice(at, step.end)), end: step.end };
  };
}

/** What `change` makes of the piece of text that `parser` read; where it makes nothing of it, the text is wrong for good. */
export function converted(
  parser: Parser<unknown>,
  change: (source: string) => string | undefined,
  rule: string,
  text: string,
): Parser<string> {
  return (reading, at) => {
    const step = parser(reading, at);
    if (step === undefined) return undefined;
    const value = change(reading.text.slice(at, step.end));
    if (value === undefined) reading.problems.push({ place: placeOf(reading.text, at), rule, text });
    return { value: value ?? "", end: step.end };
  };
}

/** A named part of a grammar; it is looked up when it is first used, so that rules may refer to one another. */
export function rule<T>(define: () => Parser<T>): Parser<T> {
  let parser: Parser<T> | undefined;
  const parse: Parser<T> = (reading, at) => {
    const results = reading.results.get(parse) ?? new Map<number, Step<unknown> | undefined>();
    reading.results.set(parse, results);
    const key = at * 2 + (reading.inverted ? 1 : 0);
    // What is under this key was put there by this very rule.
    if (results.has(key)) return results.get(key) as Step<T> | undefined;
    parser ??= define();
    if (++reading.depth > MAX_DEPTH) throw new FilterError({ code: "TOO_DEEP", limit: MAX_DEPTH });
    const step = parser(reading, at);
    reading.depth--;
    results.set(key, step);
    return step;
  };
  return parse;
}

/** The end of the text. */
export const end: Parser<undefined> = not((reading, at) => {
  const codePoint = reading.text.codePointAt(at);
  return terminal(reading, at, codePoint === undefined ? undefined : String.fromCodePoint(codePoint), ".");
});

function terminal(reading: Reading, at: number, found: string | undefined, label: string): Step<string> | undefined {
  const failed = (found === undefined) !== reading.inverted;
  if (failed && at >= reading.furthest) {
    if (at > reading.furthest) reading.wanted.clear();
    reading.furthest = at;
    reading.wanted.add(reading.inverted ? `!${label}` : label);
  }
  return found === undefined ? undefined : { value: found, end: at + found.length };
}

function nothingFits({ text, furthest, wanted }: Reading): Problem {
  const labels = [...wanted].filter((label) => label !== "!.").sort(byCodePoints);
  if (wanted.has("!.")) labels.push("EOF");
  const last = labels.pop();
  const list = labels.length === 0 ? last : `${labels.join(", ")} or ${last}`;
  return { place: placeOf(text, furthest), text: `no match found, expected: ${list}` };
}

function byCodePoints(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** A line break stands in column 0 of the line that it begins. */
function placeOf(text: string, at: number): Place {
  if (at === 0) return { line: 1, column: 1, offset: 0 };
  const codePoint = text.codePointAt(at);
  const through = text.slice(0, at) + (codePoint === undefined ? "" : String.fromCodePoint(codePoint));
  const column = [...through.slice(through.lastIndexOf("\n") + 1)].length;
  return {
    line: through.split("\n").length,
    column: codePoint === undefined ? column + 1 : column,
    offset: new TextEncoder().encode(text.slice(0, at)).length,
  };
}
