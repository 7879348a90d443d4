import { answer } from "@causeway/bus";
import type { Metrics, Readiness } from "@causeway/runtime";
import { CsrLimit } from "./csr-limit.ts";
import { IntermediateKeeper } from "./intermediate-keeper.ts";
import type { Start } from "./primary.ts";
import { sealKeyVerb } from "./seal-key-rotation.ts";
import { openIntermediates } from "./set-up.ts";
import { signLeafVerb } from "./sign-leaf.ts";

/** Where a CA tells how it does. */
export type Reporting = { readonly readiness: Readiness; readonly metrics: Metrics };

/**
 * Starts the CA of a datacenter that is not the primary one: it signs with an intermediate, and has no root. Throws what
 * `openIntermediates` throws.
 */
export async function startSecondary(start: Start & Reporting): Promise<void> {
  const { bus, clock, readiness, metrics, signal } = start;
  const { datacenter } = bus;
  const intermediates = await openIntermediates(start, datacenter);
  const keeper = new IntermediateKeeper({ ...start, intermediates, task: readiness.task("intermediate certificate") });
  const [issuer, settings] = [() => keeper.issuer(), () => keeper.settings()];
  const signing = { datacenter, limit: new CsrLimit(), clock, issuer, settings };
  answer(bus, {
    ...signLeafVerb(signing, start.check),
    ...sealKeyVerb({ sealKeys: intermediates.sealKeys, reseal: () => intermediates.reseal() }, start),
    "ca.intermediate": async () => {
      const { sentAlong, rootId } = await keeper.issuer();
      return { CertPEM: sentAlong.join(""), RootID: rootId };
    },
  });
  metrics.observedGauge(
    "causeway_ca_intermediate_expires_in_seconds",
    {
      description:
        "Time until the intermediate expires; it is renewed at half of its life, so less means that this fails.",
      unit: "s",
    },
    (observe) => {
      const { endsMs } = intermediates;
      if (endsMs !== undefined) observe((endsMs - clock.now()) / 1_000);
    },
  );
  void keeper.keep(signal);
}
