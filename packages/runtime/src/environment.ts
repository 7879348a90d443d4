import type { JsonSchema } from "@causeway/model";
import { isSecretName } from "./secrets.ts";

/** The variables that a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that a field is read from: `listenPort` is `CAUSEWAY_LISTEN_PORT`. */
export function variableName(field: string, prefix: string): string {
  const words = field.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2");
  return prefix + words.toUpperCase();
}

/** Says whether the value of this field may be shown to whoever reads an error or a log. */
export function isSecretField(field: string, schema: JsonSchema): boolean {
  return schema.secret ?? isSecretName(field);
}

/** Says in words what a field may be: "an integer from 0 to 65535", "one of: debug, info". */
export function describeRange(schema: JsonSchema): string {
  const choices = schema.enum ?? schema.anyOf?.map((option) => option.const);
  if (choices?.every((choice) => choice !== undefined)) return `one of: ${choices.join(", ")}`;
  switch (schema.type) {
    case "integer":
      return `an integer${describeBounds(schema)}`;
    case "number":
      return `a number${describeBounds(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return "a list, separated by commas";
    case "object":
      return "an object in JSON";
    default:
      return describeText(schema);
  }
}

function describeBounds({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? "" : ` of at most ${maximum}`;
}

function describeText({ pattern, minLength }: JsonSchema): string {
  if (pattern !== undefined) return `a text that matches ${pattern}`;
  return minLength !== undefined && minLength > 1 ? `a text of at least ${minLength} characters` : "a text";
}

/**
 * Reads a variable's text as the type that its field wants. A text that is none comes back as it is, for the schema to refuse: half a
 * number ("1.5" for an integer, "8080x") is never rounded or cut.
 */
export function convertText(text: string, schema: JsonSchema): unknown {
  const trimmed = text.trim();
  switch (schema.type) {
    case "integer":
      return /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : text;
    case "number":
      return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
    case "boolean":
      return convertBoolean(trimmed) ?? text;
    case "array":
      return trimmed.split(",").map((item) => item.trim());
    case "object":
      return convertJson(trimmed) ?? text;
    default:
      return text;
  }
}

function convertJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function convertBoolean(text: string): boolean | undefined {
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}
