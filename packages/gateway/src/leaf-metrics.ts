import type { Clock, Metrics } from "@causeway/runtime";
import type { Knowledge } from "./knowledge.ts";

/** A time and what it is of, as reports have it. */
type Validity = { readonly validFrom?: string; readonly validUntil?: string };

/**
 * Tells how long the leaf lives that expires first, below a tenth of whose life its renewal has been failing for long, how old the oldest
 * is, and the same of the roots.
 */
export function observeLeaves(
  metrics: Metrics,
  knowledge: Pick<Knowledge, "leafReports" | "rootReports">,
  clock: Pick<Clock, "now">,
): void {
  const seconds = (name: string, description: string, read: () => number | undefined) =>
    metrics.observedGauge(name, { description, unit: "s" }, (observe) => {
      const value = read();
      if (value !== undefined) observe(value);
    });
  const leaves = () => knowledge.leafReports();
  const roots = () => knowledge.rootReports();
  const now = () => clock.now();
  seconds("causeway_leaf_expires_in_seconds", "Time until the first of the leaf certificates expires.", () =>
    firstEnd(leaves(), now()),
  );
  seconds("causeway_leaf_age_seconds", "Age of the oldest leaf certificate.", () => oldest(leaves(), now()));
  seconds("causeway_root_expires_in_seconds", "Time until the first of the trusted roots expires.", () =>
    firstEnd(roots(), now()),
  );
  seconds("causeway_root_age_seconds", "Age of the root under which leaves are signed now.", () =>
    oldest(
      roots().filter(({ active }) => active),
      now(),
    ),
  );
  metrics.observedGauge(
    "causeway_leaves_failing",
    { description: "Leaf certificates that could not be got or renewed at the last attempt." },
    (observe) => observe(knowledge.leafReports().filter(({ problem }) => problem !== undefined).length),
  );
}

function firstEnd(all: readonly Validity[], nowMs: number): number | undefined {
  const ends = all.flatMap(({ validUntil }) => (validUntil === undefined ? [] : [Date.parse(validUntil)]));
  return ends.length === 0 ? undefined : (Math.min(...ends) - nowMs) / 1_000;
}

function oldest(all: readonly Validity[], nowMs: number): number | undefined {
  const starts = all.flatMap(({ validFrom }) => (validFrom === undefined ? [] : [Date.parse(validFrom)]));
  return starts.length === 0 ? undefined : (nowMs - Math.min(...starts)) / 1_000;
}
