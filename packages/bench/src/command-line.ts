import { parseArgs } from "node:util";
import type { Scale } from "./part.ts";

/** What was asked for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly reason: string }
  | { readonly kind: "run"; readonly parts: readonly string[]; readonly scale: Scale; readonly profiles: boolean };

/** Reads the arguments of the benchmark; `parts` are the names that there are, all of which are run unless `--only` names some. */
export function readCommandLine(args: readonly string[], parts: readonly string[]): Command {
  const parsed = parse(args);
  if ("reason" in parsed) return { kind: "wrong", reason: parsed.reason };
  if (parsed.help) return { kind: "help" };
  const only = parsed.only.flatMap((names) => names.split(",")).map((name) => name.trim());
  const unknown = only.find((name) => !parts.includes(name));
  if (unknown !== undefined) {
    return { kind: "wrong", reason: `there is no part "${unknown}"; there are ${parts.join(", ")}` };
  }
  const chosen = only.length === 0 ? parts : parts.filter((name) => only.includes(name));
  return { kind: "run", parts: chosen, scale: parsed.small ? "small" : "full", profiles: parsed.profile };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true, default: [] },
        profile: { type: "boolean", default: false },
        small: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    return { reason: (error as Error).message };
  }
}
