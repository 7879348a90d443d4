import type { ConnectionRecord, ProxyMetrics } from "@causeway/proxy";
import { atMost, type Metrics } from "@causeway/runtime";

/** Services of which a gateway counts each by itself; the rest are counted together, so that `*` links cannot drown a Prometheus. */
const SERVICES_COUNTED = 500;

/** Listeners of one proxy: binds of a gateway, upstreams of a sidecar. */
const LISTENERS_COUNTED = 100;

/** Codes of failures are one closed set, which the proxy owns and may add to. */
const OUTCOMES_COUNTED = 60;

const SIDES = ["client", "upstream", "control-plane", "gateway", "none"] as const;

/** Counts what a proxy does in Prometheus' terms, by destination, outcome and the side that it is charged to. */
export function countConnections(metrics: Metrics): ProxyMetrics {
  const destination = atMost(SERVICES_COUNTED);
  const opened = metrics.counter("causeway_connections_opened_total", {
    description: "Connections accepted.",
    labels: { listener: atMost(LISTENERS_COUNTED) },
  });
  const ended = metrics.counter("causeway_connections_ended_total", {
    description: "Connections that have ended, by how they ended and which side that is charged to.",
    labels: { destination, outcome: atMost(OUTCOMES_COUNTED), blame: SIDES },
  });
  const failedOver = metrics.counter("causeway_failovers_total", {
    description: "Connections carried by another target than the first of their route.",
    labels: { destination },
  });
  const seconds = metrics.histogram("causeway_connection_seconds", {
    description: "How long connections were open.",
    unit: "s",
    labels: { destination },
  });
  const bytes = metrics.counter("causeway_connection_bytes_total", {
    description: "Payload carried, without TLS.",
    unit: "By",
    labels: { destination, direction: ["to-upstream", "to-client"] },
  });
  const dialed = metrics.histogram("causeway_dial_seconds", {
    description: "How long it took to reach an endpoint, or to find that it cannot be reached.",
    unit: "s",
    labels: { destination, outcome: atMost(OUTCOMES_COUNTED) },
  });
  return {
    opened: (listener, count = 1) => opened.add(count, { listener }),
    closed: ({ destination = "none", outcome, blame, failover, ...record }: ConnectionRecord) => {
      ended.add(1, { destination, outcome, blame: blame ?? "none" });
      if (failover !== undefined) failedOver.add(1, { destination });
      seconds.record(record.seconds, { destination });
      bytes.add(record.bytesToUpstream, { destination, direction: "to-upstream" });
      bytes.add(record.bytesToClient, { destination, direction: "to-client" });
    },
    dialed: (destination, outcome, took) => dialed.record(took, { destination, outcome }),
  };
}
