import type { Operator } from "./filter.ts";

/** What a field of a record holds, and so what an expression may say of it. */
export type Field =
  | { readonly kind: "string" }
  | { readonly kind: "integer" }
  | { readonly kind: "boolean" }
  | { readonly kind: "list"; readonly of: Field }
  | { readonly kind: "map"; readonly of: Field }
  | { readonly kind: "struct"; readonly fields: Fields };

/** The fields of a record that expressions may name, by their JSON names. */
export type Fields = { readonly [name: string]: Field };

export const string: Field = { kind: "string" };
export const integer: Field = { kind: "integer" };
export const boolean: Field = { kind: "boolean" };

/** A list; of structs, a selector goes straight through it and one item that matches is enough. */
export function listOf(of: Field): Field {
  return { kind: "list", of };
}

/** String keys to values of one kind. */
export function mapOf(of: Field): Field {
  return { kind: "map", of };
}

/** A record inside a record. */
export function struct(fields: Fields): Field {
  return { kind: "struct", fields };
}

const EQUALITY: readonly Operator[] = ["Equal", "Not Equal"];
const EMPTINESS: readonly Operator[] = ["Is Empty", "Is Not Empty"];
const MEMBERSHIP: readonly Operator[] = ["In", "Not In"];
const MATCHING: readonly Operator[] = ["Matches", "Not Matches"];

/** The operators that a field may stand with. */
export function operatorsOf(field: Field): readonly Operator[] {
  switch (field.kind) {
    case "string":
      return [...EQUALITY, ...MEMBERSHIP, ...MATCHING];
    case "integer":
    case "boolean":
      return EQUALITY;
    case "list":
      return isPlain(field.of) ? [...MEMBERSHIP, ...EMPTINESS] : EMPTINESS;
    case "map":
      return [...EMPTINESS, ...MEMBERSHIP];
    case "struct":
      return [];
  }
}

/** The field that `name` selects inside `field`; undefined when there is none. */
export function fieldOf(field: Field, name: string): Field | undefined {
  switch (field.kind) {
    case "struct":
      return Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
    case "map":
      return field.of;
    case "list":
      return fieldOf(field.of, name);
    default:
      return undefined;
  }
}

function isPlain({ kind }: Field): boolean {
  return kind === "string" || kind === "integer" || kind === "boolean";
}
