/** How the NATS server of one datacenter is joined to the others. */
export type NatsDatacenter = {
  /** Also the name of its JetStream domain. */
  readonly datacenter: string;
  /** Where it takes in the servers of other datacenters: the primary does. */
  readonly accepts?: {
    /** IP address to listen on; 127.0.0.1 unless told. */
    readonly host?: string;
    readonly port: number;
    /** The address that the others dial, where that is not the one listened on; the server tells them of no other. */
    readonly advertise?: string;
  };
  /** Where it joins the primary: `nats-leaf://<host>:<port>`. */
  readonly joins?: string;
};

/**
 * The configuration of a NATS server that is one datacenter's among several.
 *
 * Servers notice within seconds, not minutes, that a link has gone dead.
 *
 * @see https://docs.nats.io/running-a-nats-service/configuration/leafnodes
 */
export function natsDatacenterConfig({ datacenter, accepts, joins }: NatsDatacenter): string {
  const leafnodes = [
    ...(accepts === undefined ? [] : [`listen: "${accepts.host ?? "127.0.0.1"}:${accepts.port}"`]),
    ...(accepts?.advertise === undefined ? [] : [`advertise: "${accepts.advertise}"`]),
    ...(joins === undefined ? [] : ["reconnect: 1", `remotes: [{ url: "${joins}" }]`]),
  ];
  return [
    `server_name: "${datacenter}"`,
    'ping_interval: "2s"',
    "ping_max: 2",
    `jetstream { domain: "${datacenter}" }`,
    ...(leafnodes.length === 0 ? [] : [`leafnodes { ${leafnodes.join(", ")} }`]),
    "",
  ].join("\n");
}
