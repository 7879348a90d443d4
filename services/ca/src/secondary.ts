import { answer } from "@causeway/bus";
import type { Readiness } from "@causeway/runtime";
import { CsrLimit } from "./csr-limit.ts";
import { IntermediateKeeper } from "./intermediate-keeper.ts";
import type { Start } from "./primary.ts";
import { openIntermediates } from "./set-up.ts";
import { signLeafVerb } from "./sign-leaf.ts";

/**
 * Starts the CA of a datacenter that is not the primary one: it signs with an intermediate, and has no root. Throws what
 * `openIntermediates` throws.
 */
export async function startSecondary(start: Start & { readonly readiness: Readiness }): Promise<void> {
  const { bus, clock, readiness, signal } = start;
  const { datacenter } = bus;
  const intermediates = await openIntermediates(start, datacenter);
  const keeper = new IntermediateKeeper({ ...start, intermediates, task: readiness.task("intermediate certificate") });
  const [issuer, settings] = [() => keeper.issuer(), () => keeper.settings()];
  answer(bus, signLeafVerb({ datacenter, limit: new CsrLimit(), clock, issuer, settings }));
  void keeper.keep(signal);
}
