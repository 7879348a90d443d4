import { Refusal } from "@causeway/bus";
import { PkiError } from "@causeway/pki";

/** Gives what `work` gives; what is wrong with a certificate or a request becomes a refusal. */
export function refusing<T>(status: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PkiError) throw new Refusal(status, error.message);
    throw error;
  }
}
