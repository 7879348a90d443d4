import type { Metrics } from "@causeway/runtime";

/** What is measured of a connection to the bus. */
export type BusMeasures = {
  /** The server can be reached from now on, or not. */
  readonly connected: (now: boolean) => void;
  /** A record that was written at this time, by the server's clock, has been heard of. */
  readonly heard: (written: Date) => void;
};

/** Measures a connection; without metrics nothing is kept. */
export function measureBus(metrics: Pick<Metrics, "histogram" | "observedGauge" | "counter"> | undefined): BusMeasures {
  if (metrics === undefined) return { connected: () => undefined, heard: () => undefined };
  const lag = metrics.histogram("causeway_bus_lag_seconds", {
    description: "From when NATS took a change until it was heard of here; both clocks must agree for it to be right.",
    unit: "s",
  });
  const lost = metrics.counter("causeway_bus_disconnects_total", { description: "Times that NATS went away." });
  let reached = true;
  metrics.observedGauge(
    "causeway_bus_connected",
    { description: "1 while NATS can be reached, 0 while state is as it last was." },
    (observe) => observe(reached ? 1 : 0),
  );
  return {
    connected: (now) => {
      reached = now;
      if (!now) lost.add(1);
    },
    heard: (written) => lag.record(Math.max(0, Date.now() - written.getTime()) / 1_000),
  };
}
