import { quote } from "./go-text.ts";

/** A place in an expression: line from 1, column and offset as Consul counts them, in characters and in bytes of UTF-8. */
export type Place = { readonly line: number; readonly column: number; readonly offset: number };

/** What is wrong at one place; `rule` is the part of the grammar that says so, absent where no part could go on. */
export type Problem = { readonly place: Place; readonly rule?: string | undefined; readonly text: string };

/** Why an expression cannot be used. */
export type FilterFailure =
  | { readonly code: "SYNTAX"; readonly problems: readonly Problem[] }
  | { readonly code: "TOO_DEEP"; readonly limit: number }
  | { readonly code: "SELECTOR"; readonly selector: readonly string[] }
  | { readonly code: "OPERATOR"; readonly operator: string; readonly selector: readonly string[] }
  | { readonly code: "VALUE"; readonly value: string; readonly selector: readonly string[]; readonly cause: string }
  | { readonly code: "PATTERN"; readonly pattern: string; readonly cause: string };

/** The only error that parsing and compiling throw. `message` is the text that Consul answers with. */
export class FilterError extends Error {
  override readonly name = "FilterError";
  readonly failure: FilterFailure;
  /** The message without the words that Consul puts before it; `/v1/agent/checks` answers with this alone. */
  readonly reason: string;

  constructor(failure: FilterFailure) {
    const reason = describe(failure);
    super(`Failed to create boolean expression evaluator: ${reason}`);
    this.failure = failure;
    this.reason = reason;
  }
}

function describe(failure: FilterFailure): string {
  switch (failure.code) {
    case "SYNTAX":
      return [...new Set(failure.problems.map(describeProblem))].join("\n");
    case "TOO_DEEP":
      return `The expression is nested deeper than ${failure.limit} levels`;
    case "SELECTOR":
      return `Selector ${written(failure.selector)} is not valid`;
    case "OPERATOR":
      return `Invalid match operator ${quote(failure.operator)} for selector ${written(failure.selector)}`;
    case "VALUE":
      return `Failed to coerce value ${quote(failure.value)} for selector ${written(failure.selector)}: ${failure.cause}`;
    case "PATTERN":
      return `Failed to compile regular expression ${quote(failure.pattern)}: ${failure.cause}`;
  }
}

function describeProblem({ place: { line, column, offset }, rule, text }: Problem): string {
  return `${line}:${column} (${offset}): ${rule === undefined ? "" : `rule ${quote(rule)}: `}${text}`;
}

function written(selector: readonly string[]): string {
  return quote(selector.join("."));
}
