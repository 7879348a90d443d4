import type { Clock, Metrics } from "@causeway/runtime";
import type { Knowledge } from "./knowledge.ts";

/** Tells how long the leaf lives that expires first: below a tenth of its life its renewal has been failing for long. */
export function observeLeaves(
  metrics: Metrics,
  knowledge: Pick<Knowledge, "leafReports">,
  clock: Pick<Clock, "now">,
): void {
  metrics.observedGauge(
    "causeway_leaf_expires_in_seconds",
    { description: "Time until the first of the leaf certificates expires.", unit: "s" },
    (observe) => {
      const ends = knowledge
        .leafReports()
        .flatMap(({ validUntil }) => (validUntil === undefined ? [] : [Date.parse(validUntil)]));
      if (ends.length > 0) observe((Math.min(...ends) - clock.now()) / 1_000);
    },
  );
  metrics.observedGauge(
    "causeway_leaves_failing",
    { description: "Leaf certificates that could not be got or renewed at the last attempt." },
    (observe) => observe(knowledge.leafReports().filter(({ problem }) => problem !== undefined).length),
  );
}
