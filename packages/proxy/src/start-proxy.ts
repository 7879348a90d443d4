import { systemClock } from "@causeway/runtime";
import { DataPlane } from "./data-plane.ts";
import { lookupBySystem } from "./host-names.ts";
import { noMetrics } from "./metrics.ts";
import { DEFAULT_LIMITS, type ProxyOptions } from "./options.ts";

/**
 * Starts a proxy with an empty route table: it listens nowhere until `swap` gives it one. Whoever starts it calls `close`.
 *
 * Throws an error that says why when the engine `splice` is asked for and does not work here.
 */
export function startProxy({ limits, ...options }: ProxyOptions): DataPlane {
  return new DataPlane({
    metrics: noMetrics,
    clock: systemClock,
    lookup: lookupBySystem,
    engine: "stream",
    workers: 1,
    sharePorts: false,
    ...options,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
}
