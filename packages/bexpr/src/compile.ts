import type { RE2JS } from "re2js";
import { FilterError } from "./errors.ts";
import { type Field, type Fields, fieldOf, operatorsOf, struct } from "./fields.ts";
import type { Filter, Match } from "./filter.ts";
import { type GoPattern, goPattern } from "./go-pattern.ts";
import { toBoolean, toInteger } from "./go-values.ts";

/** What a value is compared with: the text of the expression in every form that it has. */
export type Wanted = {
  readonly text: string;
  readonly integer: number | undefined;
  readonly boolean: boolean | undefined;
  readonly pattern: RE2JS | undefined;
};

/** A filter whose comparisons are ready to be made. */
export type Prepared =
  | { readonly kind: "match"; readonly match: Match; readonly wanted: Wanted }
  | { readonly kind: "not"; readonly operand: Prepared }
  | { readonly kind: "and" | "or"; readonly operands: readonly Prepared[] };

/** Makes a filter ready, without asking whether it makes sense for any record. */
export function prepare(filter: Filter): Prepared {
  return mapMatches(filter, (match) => ({ kind: "match", match, wanted: wantedOf(match, patternOf(match)) }));
}

/** Makes a filter ready for records that have `fields`; throws a FilterError when it asks of them what they cannot answer. */
export function prepareFor(filter: Filter, fields: Fields): Prepared {
  return mapMatches(filter, (match) => {
    const pattern = patternOf(match);
    const wanted = wantedOf(match, pattern);
    check(match, selected(match, fields), wanted);
    if (pattern !== undefined && "cause" in pattern) {
      throw new FilterError({ code: "PATTERN", pattern: match.value ?? "", cause: pattern.cause });
    }
    return { kind: "match", match, wanted };
  });
}

function mapMatches(filter: Filter, change: (match: Match) => Prepared): Prepared {
  switch (filter.kind) {
    case "match":
      return change(filter);
    case "not":
      return { kind: "not", operand: mapMatches(filter.operand, change) };
    default:
      return { kind: filter.kind, operands: filter.operands.map((operand) => mapMatches(operand, change)) };
  }
}

function selected({ selector }: Match, fields: Fields): Field {
  let field: Field = struct(fields);
  for (const [index, name] of selector.entries()) {
    const next = fieldOf(field, name);
    if (next === undefined) throw new FilterError({ code: "SELECTOR", selector: selector.slice(0, index + 1) });
    field = next;
  }
  return field;
}

function check({ selector, operator, value }: Match, field: Field, wanted: Wanted): void {
  if (!operatorsOf(field).includes(operator)) throw new FilterError({ code: "OPERATOR", operator, selector });
  if (value === undefined) return;
  const { kind } = field.kind === "list" ? field.of : field;
  const converted =
    kind === "integer" ? toInteger(value) : kind === "boolean" ? toBoolean(value) : { value: wanted.text };
  if ("cause" in converted) throw new FilterError({ code: "VALUE", value, selector, cause: converted.cause });
}

function patternOf({ operator, value = "" }: Match): GoPattern | undefined {
  return operator === "Matches" || operator === "Not Matches" ? goPattern(value) : undefined;
}

function wantedOf({ value = "" }: Match, pattern: GoPattern | undefined): Wanted {
  const integer = toInteger(value);
  const boolean = toBoolean(value);
  return {
    text: value,
    integer: "value" in integer ? integer.value : undefined,
    boolean: "value" in boolean ? boolean.value : undefined,
    pattern: pattern !== undefined && "value" in pattern ? pattern.value : undefined,
  };
}
