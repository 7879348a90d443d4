/**
 * What the operator gives `causeway bus init` for each way to deploy, as the guides say it: tests make the keys in the same way.
 */
export const BUS_INIT = {
  compose: [
    ...["-dc", "dc1", "-dc", "dc2", "-leaf-address", "nats:7422"],
    ...["-server-dir", "/etc/nats", "-store-dir", "/var/tmp/jetstream", "-monitor", "0.0.0.0:8222"],
  ],
  kubernetes: [
    ...["-dc", "dc1", "-dc", "dc2", "-host", "dc1=nats.dc1.example.com", "-leaf-address", "nats.dc1.example.com:7422"],
    ...["-server-dir", "/etc/nats", "-store-dir", "/data", "-monitor", "0.0.0.0:8222", "-host", "*.nats-servers"],
    ...[0, 1, 2].flatMap((server) => ["-cluster-route", `nats-${server}.nats-servers:6222`]),
  ],
} as const;
