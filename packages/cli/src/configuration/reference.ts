import { hostname } from "node:os";
import type { ConfigVariable } from "@causeway/runtime";

/** A service, and what it can be told. */
export type DescribedService = { readonly name: string; readonly variables: readonly ConfigVariable[] };

const HEAD = `# Configuration

Every variable of every process: made from the schemas that the processes themselves read it by, and checked to be up to date by a test.
\`pnpm --filter @causeway/cli run reference\` makes it anew.

\`\`\`
node services/catalog/src/main.ts --help       # those of one service
causeway validate -service catalog             # whether it could start with what is set
\`\`\`

A variable that is set but empty counts as not set. All that is wrong is told at once, with value, range and remedy, and ends the process
with status 64. Lists are separated by commas. Values of variables that are marked *secret* appear in no log and in no error.`;

/** The page docs/configuration.md: first what all of them can be told, then the rest by who is told it. */
export function configurationReference(services: readonly DescribedService[]): string {
  const byUsers = new Map<string, { readonly users: readonly string[]; readonly variables: ConfigVariable[] }>();
  for (const [key, users] of usersOf(services)) {
    const variable = services.flatMap(({ variables }) => variables).find((one) => keyOf(one) === key);
    if (variable === undefined) continue;
    const group = users.join(", ");
    const known = byUsers.get(group) ?? { users, variables: [] };
    known.variables.push(variable);
    byUsers.set(group, known);
  }
  const groups = [...byUsers.values()].sort((one, other) => other.users.length - one.users.length);
  const sections = groups.map(({ users, variables }) => {
    const title = users.length === services.length ? "Every process" : users.map((name) => `\`${name}\``).join(", ");
    return `## ${title}\n\n${table(variables)}`;
  });
  return `${[HEAD, ...sections].join("\n\n")}\n`;
}

/** Which services have each variable, by what the variable is: one that means something else elsewhere is another one. */
function usersOf(services: readonly DescribedService[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, readonly string[]>();
  for (const { name, variables } of services) {
    for (const variable of variables) {
      const key = keyOf(variable);
      users.set(key, [...(users.get(key) ?? []), name]);
    }
  }
  return users;
}

function keyOf(variable: ConfigVariable): string {
  return JSON.stringify(variable);
}

function table(variables: readonly ConfigVariable[]): string {
  const rows = variables.map(({ variable, range, fallback, required, secret, purpose }) => {
    const otherwise = fallback !== undefined ? defaultText(fallback) : required ? "*required*" : "";
    const meaning = secret ? `*Secret.* ${purpose}` : purpose;
    return [`\`${variable}\``, otherwise, `${range}${unitOf(variable)}`, meaning].map(cell).join(" | ");
  });
  return ["| variable | default | range | meaning |", "|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join(
    "\n",
  );
}

/** What differs from machine to machine is not told as it is on this one. */
function defaultText(fallback: unknown): string {
  if (fallback === hostname()) return "the machine's name";
  if (fallback === "") return "empty";
  if (Array.isArray(fallback)) return `\`${fallback.join(",")}\``;
  return `\`${typeof fallback === "string" ? fallback : JSON.stringify(fallback)}\``;
}

/** Units stand in the names of variables. */
const UNITS = { _MS: "milliseconds", _SECONDS: "seconds", _BYTES: "bytes" } as const;

function unitOf(variable: string): string {
  const unit = Object.entries(UNITS).find(([ending]) => variable.endsWith(ending));
  return unit === undefined ? "" : `; ${unit[1]}`;
}

function cell(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("|", "\\|").replaceAll("\n", " ");
}
