import { Refusal } from "@causeway/bus";
import { errorList, metaProblems, type WeakShape, weakDecode } from "@causeway/model";
import { ABSENT_KINDS, KINDS } from "./kinds/index.ts";
import type { Draft, KindRules } from "./kinds/kind.ts";

/** The kind that the intentions service keeps. */
export const SERVICE_INTENTIONS = "service-intentions";

/** What comes along when a client writes back what it has read, and is not kept. */
const IGNORED = { CreateIndex: "anything", ModifyIndex: "anything" } as const satisfies WeakShape;

/** The kind that an entry says it is of. Throws Consul's refusal when it says none, or one that is not known. */
export function kindOf(raw: unknown): string {
  const entry = typeof raw === "object" && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {};
  const kind = entry["Kind"] ?? entry["kind"];
  if (kind === undefined) throw unreadable("Payload does not contain a kind/Kind key at the top level");
  if (typeof kind !== "string") throw unreadable("Kind value in payload is not a string");
  if (ABSENT_KINDS.includes(kind)) {
    throw new Refusal(500, `config entries of kind "${kind}" are not part of this version of Causeway`);
  }
  if (kind !== SERVICE_INTENTIONS && !KINDS.has(kind)) throw unreadable(`invalid config entry kind: ${kind}`);
  return kind;
}

/**
 * Reads an entry as it was written, in canonical form and known to be legal.
 *
 * Throws a Refusal with Consul's status and text: 400 for what cannot be understood, 500 for what is against the rules.
 */
export function legalEntry(raw: unknown, rules: KindRules): Draft {
  const decoded = weakDecode({ Kind: "text", Name: "text", Meta: "text map", ...IGNORED, ...rules.shape }, raw);
  if (decoded.kind === "unreadable") {
    const list = decoded.problems.map((problem) => `* ${problem}`).join("\n");
    throw unreadable(`${decoded.problems.length} error(s) decoding:\n\n${list}`);
  }
  if (decoded.kind === "unknown keys") throw unreadable(errorList(decoded.problems));
  const { CreateIndex: _, ModifyIndex: __, ...given } = decoded.value;
  // The shape has just been read field by field.
  const entry = rules.normalise({ Name: "", ...given, Kind: rules.kind } as Draft);
  const meta = metaProblems(entry.Meta ?? {});
  const problem = rules.earlyProblem?.(entry) ?? (meta.length > 0 ? errorList(meta) : rules.problem(entry));
  if (problem !== undefined) throw new Refusal(500, problem);
  return entry;
}

function unreadable(reason: string): Refusal {
  return new Refusal(400, `Bad request: Request decoding failed: ${reason}`);
}
