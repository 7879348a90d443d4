import { type JsonSchema, misfitOf, type Static, type TObject } from "@causeway/model";
import { convertText, describeRange, type Environment, isSecretField, variableName } from "./environment.ts";
import { HIDDEN, hideSecretsIn } from "./secrets.ts";

const PREFIX = "CAUSEWAY_";

/** One variable that cannot be used. */
export type ConfigProblem = {
  readonly variable: string;
  /** What it was set to, hidden if secret; undefined when it is missing. */
  readonly value: string | undefined;
  readonly allowed: string;
  readonly remedy: string;
};

/** Thrown when a configuration cannot be used; lists all that is wrong with it, not just the first thing. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "BAD_CONFIG";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

function describeProblem({ variable, value, allowed, remedy }: ConfigProblem): string {
  const found = value === undefined ? `${variable} is not set` : `${variable} is ${JSON.stringify(value)}`;
  return `${found}, but must be ${allowed}: ${remedy}`;
}

/**
 * Reads and checks the whole configuration at once; nothing else reads the environment.
 *
 * The field `listenPort` comes from `CAUSEWAY_LISTEN_PORT`. A variable that is set but empty counts as not set, since that is how
 * compose files leave one out; variables that no field asks for are not looked at.
 *
 * @throws ConfigError naming every variable that is missing or out of its range.
 */
export function loadConfig<T extends TObject>(
  schema: T,
  env: Environment,
  { prefix = PREFIX }: { readonly prefix?: string } = {},
): Static<T> {
  const found: Record<string, unknown> = {};
  for (const [field, fieldSchema] of fieldsOf(schema)) {
    const text = env[variableName(field, prefix)];
    const value = text === undefined || text === "" ? fieldSchema.default : convertText(text, fieldSchema);
    if (value !== undefined) found[field] = value;
  }
  const problems = findProblems(schema, found, env, prefix);
  if (problems.length > 0) throw new ConfigError(problems);
  return found as Static<T>;
}

function fieldsOf(schema: TObject): [string, JsonSchema][] {
  return Object.entries(schema.properties) as [string, JsonSchema][];
}

function findProblems(
  schema: TObject,
  values: Readonly<Record<string, unknown>>,
  env: Environment,
  prefix: string,
): ConfigProblem[] {
  const required = new Set(schema.required ?? []);
  return fieldsOf(schema).flatMap(([field, fieldSchema]) => {
    const usable = field in values ? misfitOf(fieldSchema, values[field]) === undefined : !required.has(field);
    return usable ? [] : [problemOf(field, fieldSchema, env, prefix)];
  });
}

function problemOf(field: string, schema: JsonSchema, env: Environment, prefix: string): ConfigProblem {
  const variable = variableName(field, prefix);
  const text = env[variable];
  const value = text === undefined || text === "" ? undefined : text;
  const fallback =
    schema.default === undefined ? "" : `, or unset it for the default ${JSON.stringify(schema.default)}`;
  const purpose = schema.description === undefined ? "" : ` (${schema.description.replace(/\.$/, "")})`;
  return {
    variable,
    value: value === undefined ? undefined : isSecretField(field, schema) ? HIDDEN : hideSecretsIn(value),
    allowed: describeRange(schema),
    remedy: `set ${variable} to such a value${fallback}${purpose}`,
  };
}

/** One variable, as people are told of it. */
export type ConfigVariable = {
  readonly variable: string;
  /** In words: "an integer from 0 to 65535". */
  readonly range: string;
  /** What holds where it is not set; undefined where nothing does. */
  readonly fallback?: unknown;
  readonly required: boolean;
  readonly secret: boolean;
  readonly purpose: string;
};

/** Every variable of a schema, in the order of its fields. */
export function configVariables(
  schema: TObject,
  { prefix = PREFIX }: { readonly prefix?: string } = {},
): readonly ConfigVariable[] {
  const required = new Set(schema.required ?? []);
  return fieldsOf(schema).map(([field, fieldSchema]) => ({
    variable: variableName(field, prefix),
    range: describeRange(fieldSchema),
    ...(fieldSchema.default === undefined ? {} : { fallback: fieldSchema.default }),
    required: fieldSchema.default === undefined && required.has(field),
    secret: isSecretField(field, fieldSchema),
    purpose: fieldSchema.description ?? "",
  }));
}

/** Lists every variable of a schema with its default, range and purpose, one per line: what `--help` of a service prints. */
export function describeConfig(schema: TObject, options: { readonly prefix?: string } = {}): string {
  return configVariables(schema, options)
    .map(({ variable, range, fallback, required, purpose }) => {
      const otherwise =
        fallback !== undefined ? `default ${JSON.stringify(fallback)}` : required ? "required" : "optional";
      return `  ${variable} (${range}; ${otherwise})${purpose === "" ? "" : `\n      ${purpose}`}`;
    })
    .join("\n");
}
