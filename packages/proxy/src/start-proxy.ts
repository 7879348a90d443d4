import { systemClock } from "@causeway/runtime";
import { collectByShare } from "./buffer-collection.ts";
import { DataPlane } from "./data-plane.ts";
import { lookupBySystem } from "./host-names.ts";
import { noMetrics } from "./metrics.ts";
import { DEFAULT_LIMITS, type ProxyOptions } from "./options.ts";

/**
 * Starts a proxy with an empty route table: it listens nowhere until `swap` gives it one. Whoever starts it calls `close`.
 *
 * It changes when V8 collects garbage, for the whole process; see `collectByShare`.
 *
 * Throws an error that says why when the engine `splice` is asked for and does not work here.
 */
export function startProxy({ limits, ...options }: ProxyOptions): DataPlane {
  collectByShare();
  return new DataPlane({
    metrics: noMetrics,
    clock: systemClock,
    lookup: lookupBySystem,
    engine: "stream",
    workers: 1,
    sharePorts: false,
    watchHttp: true,
    ...options,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
}
