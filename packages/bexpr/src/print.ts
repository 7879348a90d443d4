import type { Filter, Match } from "./filter.ts";

/** Writes a filter so that parsing it gives the same filter again. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case "match":
      return printMatch(filter);
    case "not":
      return `not ${operandOf(filter.operand)}`;
    default:
      return filter.operands.map(operandOf).join(` ${filter.kind} `);
  }
}

function operandOf(filter: Filter): string {
  return filter.kind === "match" ? printFilter(filter) : `(${printFilter(filter)})`;
}

function printMatch({ selector, operator, value = "" }: Match): string {
  const path = printSelector(selector);
  switch (operator) {
    case "Equal":
      return `${path} == ${printText(value)}`;
    case "Not Equal":
      return `${path} != ${printText(value)}`;
    case "In":
    case "Not In":
      return `${printText(value)} ${operator.toLowerCase()} ${path}`;
    case "Matches":
    case "Not Matches":
      return `${path} ${operator.toLowerCase()} ${printText(value)}`;
    case "Is Empty":
    case "Is Not Empty":
      return `${path} ${operator.toLowerCase()}`;
  }
}

function printSelector([first = "", ...rest]: readonly string[]): string {
  return first + rest.map((name) => (/^[a-zA-Z]\w*$/.test(name) ? `.${name}` : `[${printText(name)}]`)).join("");
}

/** A string in double quotes ends at the next one, so that a quote inside can only be written as its number. */
function printText(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}]/gu, (character) => {
    if (character === "\\") return "\\\\";
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
