import { type ConnectionRecord, FAILURE_CODES, type ProxyMetrics, TLS_FAULTS } from "@causeway/proxy";
import { atMost, type Metrics } from "@causeway/runtime";

/** Services of which a gateway counts each by itself; the rest are counted together, so that `*` links cannot drown a Prometheus. */
export const SERVICES_COUNTED = 500;

/** Listeners of one proxy: binds of a gateway, upstreams of a sidecar. */
const LISTENERS_COUNTED = 100;

const SIDES = ["client", "upstream", "control-plane", "gateway", "none"] as const;

/** How TLS comes to nothing: by a fault of the handshake, or since whoever it was with is not who it should be. */
const TLS_FAILURES = [...TLS_FAULTS, "wrong-identity"] as const;
type TlsFailure = (typeof TLS_FAILURES)[number];

/** Counts what a proxy does in Prometheus' terms, by destination, outcome and the side that it is charged to. */
export function countConnections(metrics: Metrics): ProxyMetrics {
  const destination = atMost(SERVICES_COUNTED);
  const opened = metrics.counter("causeway_connections_opened_total", {
    description: "Connections accepted.",
    labels: { listener: atMost(LISTENERS_COUNTED) },
  });
  let open = 0;
  metrics.observedGauge("causeway_connections_open", { description: "Connections that are open now." }, (observe) =>
    observe(open),
  );
  const ended = countEnded(metrics);
  const dialed = metrics.histogram("causeway_dial_seconds", {
    description: "How long it took to reach an endpoint, or to find that it cannot be reached.",
    unit: "s",
    labels: { destination, outcome: ["OK", ...FAILURE_CODES] },
  });
  return {
    opened: (listener, count = 1) => {
      open += count;
      opened.add(count, { listener });
    },
    closed: (record) => {
      open -= 1;
      ended(record);
    },
    dialed: (destination, outcome, took) => dialed.record(took, { destination, outcome }),
  };
}

/** Makes what counts the connections that have ended. */
function countEnded(metrics: Metrics): (record: ConnectionRecord) => void {
  const destination = atMost(SERVICES_COUNTED);
  const ended = metrics.counter("causeway_connections_ended_total", {
    description: "Connections that have ended, by how they ended and which side that is charged to.",
    labels: { destination, outcome: ["CARRIED", ...FAILURE_CODES], blame: SIDES },
  });
  const tlsFailures = metrics.counter("causeway_tls_failures_total", {
    description: "Connections that ended since TLS with the client, or with the upstream, failed; by what was wrong.",
    labels: { side: ["client", "upstream"], fault: TLS_FAILURES },
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
  return ({ destination = "none", failover, ...record }) => {
    ended.add(1, { destination, outcome: record.outcome, blame: record.blame ?? "none" });
    const fault = tlsFailureOf(record);
    if (fault !== undefined) tlsFailures.add(1, { side: record.blame === "upstream" ? "upstream" : "client", fault });
    if (failover !== undefined) failedOver.add(1, { destination });
    seconds.record(record.seconds, { destination });
    bytes.add(record.bytesToUpstream, { destination, direction: "to-upstream" });
    bytes.add(record.bytesToClient, { destination, direction: "to-client" });
  };
}

function tlsFailureOf({ outcome, tlsFault }: Pick<ConnectionRecord, "outcome" | "tlsFault">): TlsFailure | undefined {
  switch (outcome) {
    case "NO_CLIENT_CERTIFICATE":
      return "no-certificate";
    case "WRONG_TRUST_DOMAIN":
    case "NOT_A_SERVICE_IDENTITY":
    case "WRONG_PEER_IDENTITY":
      return "wrong-identity";
    default:
      return tlsFault;
  }
}
