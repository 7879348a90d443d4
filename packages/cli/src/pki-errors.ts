import { PkiError } from "@causeway/pki";
import { CommandError } from "./errors.ts";

/** Does what may fail over keys and certificates, and says so as a command does. */
export function withPkiErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PkiError) throw new CommandError(cause.message, 1, { cause });
    throw cause;
  }
}
