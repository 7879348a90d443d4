import { Refusal } from "@causeway/bus";
import { EntryUnreadable, readEntry, type WrittenEntry } from "./entry.ts";
import { entryProblem } from "./entry-rules.ts";

/** Reads a service-intentions entry that is known to be legal. Throws a Refusal: 400 where it cannot be understood, 500 against the rules. */
export function legalEntry(raw: unknown): WrittenEntry {
  const entry = readable(raw);
  const problem = entryProblem(entry);
  if (problem !== undefined) throw new Refusal(500, problem);
  return entry;
}

function readable(raw: unknown): WrittenEntry {
  try {
    return readEntry(raw);
  } catch (error) {
    if (error instanceof EntryUnreadable) throw new Refusal(400, error.message);
    throw error;
  }
}
