/** How a selector is held against a value; `contains` is In with its sides exchanged. */
export type Operator =
  | "Equal"
  | "Not Equal"
  | "In"
  | "Not In"
  | "Is Empty"
  | "Is Not Empty"
  | "Matches"
  | "Not Matches";

/** One comparison; `value` is what stands in the expression, undefined where the operator takes none. */
export type Match = {
  readonly kind: "match";
  readonly selector: readonly string[];
  readonly operator: Operator;
  readonly value: string | undefined;
};

/** A parsed expression. */
export type Filter =
  | Match
  | { readonly kind: "not"; readonly operand: Filter }
  | { readonly kind: "and" | "or"; readonly operands: readonly Filter[] };
