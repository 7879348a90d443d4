import { kindOf, legalEntry, SERVICE_INTENTIONS } from "./decode.ts";
import { KINDS } from "./kinds/index.ts";

/**
 * Looks at an entry as it would be looked at when it is written, apart from what depends on other entries. Gives false for one of
 * intentions, about which another service decides.
 *
 * Throws the Refusal that whoever writes it would get.
 */
export function checkEntry(raw: unknown): boolean {
  const kind = kindOf(raw);
  const rules = kind === SERVICE_INTENTIONS ? undefined : KINDS.get(kind);
  if (rules === undefined) return false;
  legalEntry(raw, rules);
  return true;
}
