/** What `causeway connect upstreams` tells of an upstream, but for where it leads. */
export type Told = { readonly DestinationName: string; readonly Mode: string; readonly SetBy: string };

/** A way of enabling gateways that Consul's documentation describes, and what comes of it. */
export type Way = {
  readonly name: string;
  /** A config entry of the documentation. */
  readonly entry?: { readonly text: string; readonly path: string };
  /** A service definition of the documentation, in which 8181 and 10000 are the ports. */
  readonly service: string;
  readonly told: Omit<Told, "DestinationName">;
  readonly through: readonly string[];
};

/** The definition of a sidecar inline with its service, with or without a mode of that sidecar. */
const inline = (mode: string) => `service {
  name = "web"
  port = 8080
  connect {
    sidecar_service {
      port = 8181
      proxy {
        ${mode}
        upstreams = [
          {
            destination_name = "api"
            datacenter = "secondary"
            local_bind_port = 10000
          }
        ]
      }
    }
  }
}`;

/**
 * The documented ways to say the mode of a whole sidecar.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/gateways/mesh-gateway
 */
export const WAYS: readonly Way[] = [
  {
    name: "globally, by proxy-defaults",
    entry: {
      text: 'Kind = "proxy-defaults"\nName = "global"\nMeshGateway {\n  Mode = "local"\n}\n',
      path: "proxy-defaults/global",
    },
    service: inline(""),
    told: { Mode: "local", SetBy: "proxy-defaults" },
    through: ["primary", "secondary"],
  },
  {
    name: "per service, by service-defaults",
    entry: {
      text: 'Kind = "service-defaults"\nName = "web"\nMeshGateway {\n  Mode = "local"\n}\n',
      path: "service-defaults/web",
    },
    service: inline(""),
    told: { Mode: "local", SetBy: 'service-defaults "web"' },
    through: ["primary", "secondary"],
  },
  {
    name: "for a service instance, inline with the service",
    service: inline('mesh_gateway {\n          mode = "remote"\n        }'),
    told: { Mode: "remote", SetBy: "the proxy's registration" },
    through: ["secondary"],
  },
  {
    name: "for a service instance, by a registration of the proxy itself",
    service: `service {
      name = "web-sidecar-proxy"
      kind = "connect-proxy"
      port = 8181
      proxy {
        destination_service_name = "web"
        mesh_gateway {
          mode = "remote"
        }
        upstreams = [
          {
            destination_name = "api"
            datacenter = "secondary"
            local_bind_port = 10000
          }
        ]
      }
    }`,
    told: { Mode: "remote", SetBy: "the proxy's registration" },
    through: ["secondary"],
  },
];

/** The documented way to say the mode of each upstream by itself. */
export const EACH_BY_ITSELF = `service {
  name = "web-sidecar-proxy"
  kind = "connect-proxy"
  port = 8181
  proxy {
    destination_service_name = "web"
    upstreams = [
      {
        destination_name = "api"
        local_bind_port = 10000
        mesh_gateway {
          mode = "remote"
        }
      },
      {
        destination_name = "db"
        local_bind_port = 10001
        mesh_gateway {
          mode = "local"
        }
      },
      {
        destination_name = "logging"
        local_bind_port = 10002
        mesh_gateway {
          mode = "none"
        }
      },
    ]
  }
}`;
