import { type Prepared, prepare, prepareFor, type Wanted } from "./compile.ts";
import { type Field, type Fields, fieldOf, struct } from "./fields.ts";
import type { Filter, Match, Operator } from "./filter.ts";
import { parseFilter } from "./grammar.ts";

/**
 * Compiles an expression for records that have `fields`; the empty expression lets every record through.
 *
 * A field that a record leaves out counts as empty: "", 0, false, no items. Throws a FilterError with Consul's text.
 */
export function compileFilter(text: string, fields: Fields): (record: unknown) => boolean {
  if (text === "") return () => true;
  const prepared = prepareFor(parseFilter(text), fields);
  const root = struct(fields);
  return (record) => holds(prepared, record, root);
}

/**
 * Whether a record of any shape satisfies a filter; never throws.
 *
 * Without a description of its fields a value is taken for what it is, a key that is not there as one missing from a map, and a
 * malformed pattern matches nothing. Where the fields are known, `compileFilter` is stricter and faster.
 */
export function evaluate(filter: Filter, record: unknown): boolean {
  return holds(prepare(filter), record, undefined);
}

function holds(filter: Prepared, record: unknown, field: Field | undefined): boolean {
  switch (filter.kind) {
    case "and":
      return filter.operands.every((operand) => holds(operand, record, field));
    case "or":
      return filter.operands.some((operand) => holds(operand, record, field));
    case "not":
      return !holds(filter.operand, record, field);
    case "match":
      return follow(filter, 0, record, field ?? fieldLike(record));
  }
}

type Comparison = { readonly match: Match; readonly wanted: Wanted };

/** Follows the selector from its part number `depth` on. */
function follow(comparison: Comparison, depth: number, value: unknown, field: Field): boolean {
  const { selector, operator } = comparison.match;
  const name = selector[depth];
  if (name === undefined) return compare(comparison, value, field);
  // A selector goes straight through a list: one item that matches is enough.
  if (field.kind === "list")
    return itemsOf(value).some((item) => follow(comparison, depth, item, itemField(field.of, item)));
  const next = memberOf(value, name);
  if (field.kind === "map" && next === undefined) return matchesNothing(operator);
  const nextField = field.kind === "map" ? itemField(field.of, next) : fieldOf(field, name);
  return nextField === undefined ? matchesNothing(operator) : follow(comparison, depth + 1, next, nextField);
}

/** What Consul makes of a key that a map does not have; that Matches then holds is Consul's way, if not an obvious one. */
function matchesNothing(operator: Operator): boolean {
  return operator !== "Equal" && operator !== "In" && operator !== "Is Not Empty";
}

function compare({ match: { operator }, wanted }: Comparison, value: unknown, field: Field): boolean {
  switch (operator) {
    case "Equal":
      return equals(wanted, value, field);
    case "Not Equal":
      return !equals(wanted, value, field);
    case "In":
      return contains(wanted, value, field);
    case "Not In":
      return !contains(wanted, value, field);
    case "Is Empty":
      return isEmpty(value, field);
    case "Is Not Empty":
      return !isEmpty(value, field);
    case "Matches":
      return wanted.pattern?.test(textOf(value)) ?? false;
    case "Not Matches":
      return !(wanted.pattern?.test(textOf(value)) ?? false);
  }
}

function equals(wanted: Wanted, value: unknown, { kind }: Field): boolean {
  switch (kind) {
    case "string":
      return textOf(value) === wanted.text;
    case "integer":
      return (typeof value === "number" ? value : 0) === wanted.integer;
    case "boolean":
      return (value === true) === wanted.boolean;
    default:
      return false;
  }
}

function contains(wanted: Wanted, value: unknown, field: Field): boolean {
  switch (field.kind) {
    case "string":
      return textOf(value).includes(wanted.text);
    case "list":
      return itemsOf(value).some((item) => equals(wanted, item, itemField(field.of, item)));
    default:
      return memberOf(value, wanted.text) !== undefined;
  }
}

function isEmpty(value: unknown, { kind }: Field): boolean {
  if (kind === "string") return textOf(value) === "";
  return kind === "list" ? itemsOf(value).length === 0 : keysOf(value).length === 0;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

const UNKNOWN: Field = { kind: "struct", fields: {} };

/** The field that a value of unknown description makes by itself. */
function fieldLike(value: unknown): Field {
  if (typeof value === "number") return { kind: "integer" };
  if (typeof value === "boolean") return { kind: "boolean" };
  if (Array.isArray(value)) return { kind: "list", of: UNKNOWN };
  return typeof value === "object" && value !== null ? { kind: "map", of: UNKNOWN } : { kind: "string" };
}

function itemField(declared: Field, value: unknown): Field {
  return declared === UNKNOWN ? fieldLike(value) : declared;
}
