import { ask, type Bus, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { Clock, Logger, Metrics } from "@causeway/runtime";
import { Gateways } from "./gateways.ts";
import { Publisher } from "./publisher.ts";

/** What publishing needs. */
export type PublishOptions = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly metrics: Pick<Metrics, "counter">;
  readonly signal: AbortSignal;
};

/** Publishes the mesh gateways of this datacenter until `signal` aborts: at first, and whenever the primary one does not know them. */
export function publishGateways({ bus, clock, log, metrics, signal }: PublishOptions): Publisher {
  const { datacenter, primaryDatacenter } = bus;
  const failures = metrics.counter("causeway_federation_publish_failures_total", {
    description: "Attempts to tell the primary datacenter of the mesh gateways here that came to nothing.",
  });
  const look = () => publisher.look();
  const gateways = new Gateways(bus, signal, look);
  // The bucket itself and not the copy, which follows it.
  const scope = { kind: "state", names: [datacenter], exact: true, datacenter: primaryDatacenter } as const;
  const known = Mirror.follow(bus, BUCKETS.federation, scope, signal, { changed: look, current: look });
  const publisher = new Publisher({
    datacenter,
    clock,
    log,
    read: () => gateways.read(),
    known: () => known.get("state", datacenter)?.value,
    tell: (State) => ask(bus, "federation.publish", { State }),
    failed: () => failures.add(1),
  });
  const forget = bus.paths.onChange((changed, state) => {
    if (changed === primaryDatacenter && state === "open") look();
  });
  void publisher.run(signal).finally(forget);
  return publisher;
}
