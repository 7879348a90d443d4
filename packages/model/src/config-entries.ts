import { CreateModifyIndex, StringMap } from "./common.ts";
import { ExposePath, MeshGatewayConfig } from "./proxy-registration.ts";
import { type Static, Type } from "./schema.ts";

/** Kinds kept in the bucket `config-entries`; "service-intentions" is handed on to the intentions service. */
export const CONFIG_ENTRY_KINDS = [
  "terminating-gateway",
  "service-defaults",
  "proxy-defaults",
  "service-resolver",
  "service-router",
  "service-splitter",
  "ingress-gateway",
  "mesh",
] as const;
export type ConfigEntryKind = (typeof CONFIG_ENTRY_KINDS)[number];

const Common = { Name: Type.String(), Meta: Type.Optional(StringMap), ...CreateModifyIndex };
const Protocol = Type.Optional(Type.String({ description: "tcp (default), http, http2 or grpc." }));
const Expose = Type.Optional(
  Type.Object({ Checks: Type.Optional(Type.Boolean()), Paths: Type.Optional(Type.Array(ExposePath)) }),
);

/** A service that a terminating gateway represents, and how TLS to it is originated. */
export const LinkedService = Type.Object({
  Name: Type.String({ description: 'Service name, or "*" for every typical service.' }),
  CAFile: Type.Optional(Type.String()),
  CertFile: Type.Optional(Type.String()),
  KeyFile: Type.Optional(Type.String()),
  SNI: Type.Optional(Type.String()),
});
export type LinkedService = Static<typeof LinkedService>;

/** Which services the terminating gateways of one name represent. */
export const TerminatingGatewayEntry = Type.Object({
  Kind: Type.Literal("terminating-gateway"),
  ...Common,
  Services: Type.Union([Type.Array(LinkedService), Type.Null()]),
});
export type TerminatingGatewayEntry = Static<typeof TerminatingGatewayEntry>;

const Limit = Type.Optional(Type.Integer({ minimum: 0 }));
const Nanoseconds = Type.Optional(Type.Integer({ description: "Nanoseconds." }));
const Percent = Type.Optional(Type.Integer({ minimum: 0, maximum: 100 }));

const UPSTREAM_SETTINGS = {
  EnvoyListenerJSON: Type.Optional(Type.String()),
  EnvoyClusterJSON: Type.Optional(Type.String()),
  Protocol,
  ConnectTimeoutMs: Type.Optional(Type.Integer({ description: "Only one above 0 counts." })),
  Limits: Type.Optional(
    Type.Object({ MaxConnections: Limit, MaxPendingRequests: Limit, MaxConcurrentRequests: Limit }),
  ),
  PassiveHealthCheck: Type.Optional(
    Type.Object({
      Interval: Nanoseconds,
      MaxFailures: Type.Optional(Type.Integer()),
      EnforcingConsecutive5xx: Percent,
      MaxEjectionPercent: Percent,
      BaseEjectionTime: Nanoseconds,
    }),
  ),
  MeshGateway: Type.Optional(MeshGatewayConfig),
  BalanceOutboundConnections: Type.Optional(Type.String({ description: '"exact_balance", or unset.' })),
};

/** How a service's proxies treat all of their upstreams; what is absent is not said. */
export const UpstreamDefaults = Type.Object(UPSTREAM_SETTINGS);
export type UpstreamDefaults = Static<typeof UpstreamDefaults>;

/** How a service's proxies treat their upstream of one name, and of one peer if it has one. */
export const UpstreamOverride = Type.Object({
  Name: Type.String(),
  Peer: Type.Optional(Type.String()),
  ...UPSTREAM_SETTINGS,
});
export type UpstreamOverride = Static<typeof UpstreamOverride>;

/** Defaults for every instance of one service, and for those that call it. */
export const ServiceDefaultsEntry = Type.Object({
  Kind: Type.Literal("service-defaults"),
  ...Common,
  Protocol,
  MeshGateway: Type.Optional(MeshGatewayConfig),
  Expose,
  ExternalSNI: Type.Optional(Type.String()),
  UpstreamConfig: Type.Optional(
    Type.Object({
      Overrides: Type.Optional(Type.Array(UpstreamOverride)),
      Defaults: Type.Optional(UpstreamDefaults),
    }),
  ),
});
export type ServiceDefaultsEntry = Static<typeof ServiceDefaultsEntry>;

/** Defaults for every proxy; its one name is "global". */
export const ProxyDefaultsEntry = Type.Object({
  Kind: Type.Literal("proxy-defaults"),
  ...Common,
  Config: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  MeshGateway: Type.Optional(MeshGatewayConfig),
  Expose,
});
export type ProxyDefaultsEntry = Static<typeof ProxyDefaultsEntry>;

/** A named part of a service's instances. */
export const ResolverSubset = Type.Object({
  Filter: Type.Optional(
    Type.String({ description: "Filter expression over the instance; absent or empty takes all." }),
  ),
  OnlyPassing: Type.Optional(Type.Boolean({ description: "Counts instances with a warning as unhealthy." })),
});
export type ResolverSubset = Static<typeof ResolverSubset>;

/** How a service's name becomes instances. */
export const ServiceResolverEntry = Type.Object({
  Kind: Type.Literal("service-resolver"),
  ...Common,
  DefaultSubset: Type.Optional(Type.String()),
  Subsets: Type.Optional(Type.Record(Type.String(), ResolverSubset)),
  Redirect: Type.Optional(
    Type.Object({
      Service: Type.Optional(Type.String()),
      ServiceSubset: Type.Optional(Type.String()),
      Namespace: Type.Optional(Type.String()),
      Datacenter: Type.Optional(Type.String()),
    }),
  ),
  Failover: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        Service: Type.Optional(Type.String()),
        ServiceSubset: Type.Optional(Type.String()),
        Namespace: Type.Optional(Type.String()),
        Datacenters: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
  ConnectTimeout: Type.Optional(Type.String({ description: 'Go duration such as "5s".' })),
});
export type ServiceResolverEntry = Static<typeof ServiceResolverEntry>;

const HeaderMatch = Type.Object({
  Name: Type.String(),
  Present: Type.Optional(Type.Boolean()),
  Exact: Type.Optional(Type.String()),
  Prefix: Type.Optional(Type.String()),
  Suffix: Type.Optional(Type.String()),
  Regex: Type.Optional(Type.String()),
  Invert: Type.Optional(Type.Boolean()),
});

const QueryMatch = Type.Object({
  Name: Type.String(),
  Present: Type.Optional(Type.Boolean()),
  Exact: Type.Optional(Type.String()),
  Regex: Type.Optional(Type.String()),
});

/** Which requests of a service go where; the first route that matches decides, and what none matches goes to the service itself. */
export const ServiceRoute = Type.Object({
  Match: Type.Optional(
    Type.Object({
      HTTP: Type.Optional(
        Type.Object({
          PathExact: Type.Optional(Type.String()),
          PathPrefix: Type.Optional(Type.String()),
          PathRegex: Type.Optional(Type.String()),
          Header: Type.Optional(Type.Array(HeaderMatch)),
          QueryParam: Type.Optional(Type.Array(QueryMatch)),
          Methods: Type.Optional(Type.Array(Type.String())),
        }),
      ),
    }),
  ),
  Destination: Type.Optional(
    Type.Object({
      Service: Type.Optional(Type.String({ description: "The router's own service when absent." })),
      ServiceSubset: Type.Optional(Type.String()),
      Namespace: Type.Optional(Type.String()),
      PrefixRewrite: Type.Optional(Type.String()),
      RequestTimeout: Type.Optional(Type.String({ description: "Go duration." })),
      NumRetries: Type.Optional(Type.Integer()),
      RetryOnConnectFailure: Type.Optional(Type.Boolean()),
      RetryOnStatusCodes: Type.Optional(Type.Array(Type.Integer())),
    }),
  ),
});
export type ServiceRoute = Static<typeof ServiceRoute>;

/** How requests of one service are routed. */
export const ServiceRouterEntry = Type.Object({
  Kind: Type.Literal("service-router"),
  ...Common,
  Routes: Type.Union([Type.Array(ServiceRoute), Type.Null()]),
});
export type ServiceRouterEntry = Static<typeof ServiceRouterEntry>;

/** A share of a service's traffic. */
export const ServiceSplit = Type.Object({
  Weight: Type.Number({ description: "Percent, to two decimals." }),
  Service: Type.Optional(Type.String({ description: "The splitter's own service when absent." })),
  ServiceSubset: Type.Optional(Type.String()),
  Namespace: Type.Optional(Type.String()),
});
export type ServiceSplit = Static<typeof ServiceSplit>;

/** How traffic of one service is split; the weights add up to 100. */
export const ServiceSplitterEntry = Type.Object({
  Kind: Type.Literal("service-splitter"),
  ...Common,
  Splits: Type.Array(ServiceSplit),
});
export type ServiceSplitterEntry = Static<typeof ServiceSplitterEntry>;

/** A service that an ingress gateway exposes on one listener. */
export const IngressService = Type.Object({
  Name: Type.String({ description: 'Service name, or "*" for every service of the listener\'s protocol.' }),
  Hosts: Type.Union([Type.Array(Type.String()), Type.Null()]),
});
export type IngressService = Static<typeof IngressService>;

/** A port that an ingress gateway listens on. */
export const IngressListener = Type.Object({
  Port: Type.Integer(),
  Protocol: Type.String({ description: "tcp (default), http, http2 or grpc." }),
  Services: Type.Union([Type.Array(IngressService), Type.Null()]),
});
export type IngressListener = Static<typeof IngressListener>;

/** What the ingress gateways of one name expose. */
export const IngressGatewayEntry = Type.Object({
  Kind: Type.Literal("ingress-gateway"),
  ...Common,
  TLS: Type.Object({ Enabled: Type.Boolean() }),
  Listeners: Type.Union([Type.Array(IngressListener), Type.Null()]),
});
export type IngressGatewayEntry = Static<typeof IngressGatewayEntry>;

const TlsVersions = Type.Object({
  TLSMinVersion: Type.Optional(Type.String()),
  TLSMaxVersion: Type.Optional(Type.String()),
  CipherSuites: Type.Optional(Type.Array(Type.String())),
});

/** Mesh-wide settings; its one name is "mesh". */
export const MeshEntry = Type.Object({
  Kind: Type.Literal("mesh"),
  ...Common,
  TransparentProxy: Type.Optional(Type.Object({ MeshDestinationsOnly: Type.Optional(Type.Boolean()) })),
  AllowEnablingPermissiveMutualTLS: Type.Optional(Type.Boolean()),
  TLS: Type.Optional(Type.Object({ Incoming: Type.Optional(TlsVersions), Outgoing: Type.Optional(TlsVersions) })),
  HTTP: Type.Optional(Type.Object({ SanitizeXForwardedClientCert: Type.Optional(Type.Boolean()) })),
  Peering: Type.Optional(Type.Object({ PeerThroughMeshGateways: Type.Optional(Type.Boolean()) })),
});
export type MeshEntry = Static<typeof MeshEntry>;

/** A config entry of any kind that has its own record, in Consul's canonical (CamelCase) form. Key `<kind>.<name>`. */
export const ConfigEntry = Type.Union([
  TerminatingGatewayEntry,
  ServiceDefaultsEntry,
  ProxyDefaultsEntry,
  ServiceResolverEntry,
  ServiceRouterEntry,
  ServiceSplitterEntry,
  IngressGatewayEntry,
  MeshEntry,
]);
export type ConfigEntry = Static<typeof ConfigEntry>;
