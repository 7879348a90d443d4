/** How the servers of one datacenter are set up. */
export type NatsServers = {
  /** Also the name of its JetStream domain. */
  readonly datacenter: string;
  /** Where the servers find the files beside this one, on their machine. */
  readonly folder: string;
  /** Folder of what JetStream keeps; without it the servers' command line says so. */
  readonly storeDir?: string | undefined;
  /** `<address>:<port>` for clients. */
  readonly listen: string;
  /** `<address>:<port>` of the monitoring pages, which ask for no credentials; none unless told. */
  readonly monitor?: string | undefined;
  /** Where the servers of other datacenters are taken in: the primary does. */
  readonly accepts?: { readonly listen: string; readonly advertise?: string | undefined };
  /** Where the servers of the primary are found: `nats-leaf://<host>:<port>`. */
  readonly joins?: string;
  /** Set where the datacenter has more than one server. */
  readonly cluster?: { readonly listen: string; readonly routes: readonly string[] };
};

/**
 * The configuration of a datacenter's NATS servers: TLS on every link, the users of `users.conf`, JetStream, leaf nodes.
 *
 * Servers notice within seconds, not minutes, that a link has gone dead. Those of a cluster are told their names by the environment,
 * where each has its own.
 *
 * @see https://docs.nats.io/running-a-nats-service/configuration
 */
export function natsConfig(servers: NatsServers): string {
  const { datacenter, folder, storeDir, listen, monitor, accepts, joins, cluster } = servers;
  const tls = (also = "") =>
    `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server-key.pem", ca_file: "${folder}/ca.pem", timeout: 5${also} }`;
  const leafnodes = [
    ...(accepts === undefined ? [] : [`listen: "${accepts.listen}"`]),
    ...(accepts?.advertise === undefined ? [] : [`advertise: "${accepts.advertise}"`]),
    ...(accepts === undefined ? [] : [tls(", verify_and_map: true")]),
    ...(joins === undefined ? [] : ["reconnect: 1", `remotes: [ { url: "${joins}", ${tls()} } ]`]),
  ];
  return [
    `# Made by \`causeway bus init\` for the datacenter ${datacenter}.`,
    cluster === undefined ? `server_name: "${datacenter}"` : "server_name: $HOSTNAME",
    `listen: "${listen}"`,
    ...(monitor === undefined ? [] : [`http: "${monitor}"`]),
    'ping_interval: "2s"',
    "ping_max: 2",
    `jetstream { domain: "${datacenter}"${storeDir === undefined ? "" : `, store_dir: "${storeDir}"`} }`,
    tls(),
    'authorization { include "users.conf" }',
    ...block("leafnodes", leafnodes),
    ...(cluster === undefined
      ? []
      : block("cluster", [
          `name: "${datacenter}"`,
          `listen: "${cluster.listen}"`,
          `routes: [${cluster.routes.map((route) => `"${route}"`).join(", ")}]`,
          tls(", verify: true"),
        ])),
    "",
  ].join("\n");
}

function block(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name} {`, ...lines.map((line) => `  ${line}`), "}"];
}
