import { BILLING_HOST, type CertificateFiles } from "./certificates.ts";

/** A service that a sidecar offers on a local port, perhaps of another datacenter. */
export type DemoUpstream = {
  readonly destination: string;
  readonly localPort: number;
  /** Another datacenter than the caller's own, and whose mesh gateways are dialled to reach it. */
  readonly elsewhere?: { readonly datacenter: string; readonly mode: GatewayMode };
};

/** `local` dials the caller's own mesh gateways, `remote` those of the other datacenter. */
export type GatewayMode = "local" | "remote";

/** A service with a sidecar, and the upstreams of that. */
export type MeshService = {
  readonly name: string;
  readonly port: number;
  readonly sidecarPort: number;
  readonly upstreams: readonly DemoUpstream[];
};

/** How an upstream is called: `api.dc2` is api in dc2. */
export function upstreamKey({ destination, elsewhere }: Pick<DemoUpstream, "destination" | "elsewhere">): string {
  return elsewhere === undefined ? destination : `${destination}.${elsewhere.datacenter}`;
}

/** The definition file of a service with a sidecar. */
export function serviceFile({ name, port, sidecarPort, upstreams }: MeshService): string {
  return `service {
  name    = "${name}"
  address = "127.0.0.1"
  port    = ${port}
  connect {
    sidecar_service {
      port = ${sidecarPort}
      proxy {
        upstreams = [
${upstreams.map((upstream) => `          ${upstreamText(upstream)},`).join("\n")}
        ]
      }
    }
  }
}
`;
}

function upstreamText({ destination, localPort, elsewhere }: DemoUpstream): string {
  if (elsewhere === undefined) return `{ destination_name = "${destination}", local_bind_port = ${localPort} }`;
  return `{
            destination_name = "${destination}"
            datacenter       = "${elsewhere.datacenter}"
            local_bind_port  = ${localPort}
            mesh_gateway {
              mode = "${elsewhere.mode}"
            }
          }`;
}

/** The config entry that links both external services of the first datacenter: billing over mutual TLS, legacy-db as it is. */
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

/** The config entry that links one external service as it is. */
export function plainGatewayFile(gateway: string, service: string): string {
  return `Kind = "terminating-gateway"
Name = "${gateway}"
Services = [
  {
    Name = "${service}"
  }
]
`;
}

/** The node that a service which no agent looks after is registered on. */
export function externalNode(service: string): string {
  return `external-${service}`;
}

/** The registration of a service that no agent looks after, straight into the catalog. */
export function externalRegistration(service: string, address: string, port: number): Record<string, unknown> {
  return {
    Node: externalNode(service),
    Address: address,
    NodeMeta: { "external-node": "true", "external-probe": "true" },
    Service: { ID: service, Service: service, Port: port },
  };
}
