import { BILLING_HOST, type CertificateFiles } from "./certificates.ts";

/** A service with a sidecar, and the upstreams that its sidecar offers on local ports. */
export type MeshService = {
  readonly name: string;
  readonly port: number;
  readonly sidecarPort: number;
  readonly upstreams: Readonly<Record<string, number>>;
};

/** The definition file of a service with a sidecar. */
export function serviceFile({ name, port, sidecarPort, upstreams }: MeshService): string {
  const offered = Object.entries(upstreams).map(
    ([destination, local]) => `          { destination_name = "${destination}", local_bind_port = ${local} },`,
  );
  return `service {
  name    = "${name}"
  address = "127.0.0.1"
  port    = ${port}
  connect {
    sidecar_service {
      port = ${sidecarPort}
      proxy {
        upstreams = [
${offered.join("\n")}
        ]
      }
    }
  }
}
`;
}

/** The config entry that links both external services to the gateway: billing over mutual TLS, legacy-db as it is. */
export function gatewayFile(gateway: string, files: CertificateFiles): string {
  return `Kind = "terminating-gateway"
Name = "${gateway}"
Services = [
  {
    Name     = "billing"
    CAFile   = "${files.ca}"
    CertFile = "${files.clientCert}"
    KeyFile  = "${files.clientKey}"
    SNI      = "${BILLING_HOST}"
  },
  {
    Name = "legacy-db"
  }
]
`;
}

/** The registration of a service that no agent looks after, straight into the catalog. */
export function externalRegistration(service: string, address: string, port: number): Record<string, unknown> {
  return {
    Node: `external-${service}`,
    Address: address,
    NodeMeta: { "external-node": "true", "external-probe": "true" },
    Service: { ID: service, Service: service, Port: port },
  };
}
