import type { Action, DestinationIntentions } from "@causeway/model";
import type { GatewayWay } from "./way-out.ts";

/** One place that a route's connections can go to. */
export type Endpoint = {
  /** IP address or host name; a host name is resolved by the proxy, all A and AAAA answers count. */
  readonly address: string;
  readonly port: number;
  /** Share of the connections, 1 to 128. */
  readonly weight: number;
  readonly healthy: boolean;
  /** Catalog node and instance ID, for logs and spans. */
  readonly node: string;
  readonly instance: string;
};

/** Who may come in on an mTLS route: what decides, not the decision. */
export type Authorization = {
  readonly destination: string;
  /** Intentions for the destination itself and for "*"; others must not be in it. */
  readonly intentions: readonly DestinationIntentions[];
  readonly defaultAction: Action;
};

/** TLS versions, by Node's names. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** What the `mesh` config entry asks of TLS between proxies; absent versions are TLS 1.2 and later, absent suites those of Node. */
export type TlsLimits = {
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** By OpenSSL's names, best first; they hold up to TLS 1.2. */
  readonly cipherSuites?: readonly string[];
};

/** How a connection is taken in. */
export type Inbound =
  | { readonly kind: "plain" }
  | { readonly kind: "passthrough" }
  | {
      readonly kind: "mtls";
      /** Service whose own leaf certificate is presented. */
      readonly leaf: string;
      readonly authorization: Authorization;
      readonly limits?: TlsLimits;
    }
  | {
      /** TLS with a client of outside the mesh, which proves nothing of itself. */
      readonly kind: "tls";
      /** Name of the leaf certificate that is presented, by `leafName`. */
      readonly leaf: string;
      /** What is agreed on by ALPN, best first; absent where bytes are no more than bytes. */
      readonly protocols?: readonly string[];
    };

/** How clients from outside the mesh are taken in: nobody asks them who they are. */
export type OutsideInbound = Extract<Inbound, { readonly kind: "plain" | "tls" }>;

/** Files, on the gateway's own host, with which TLS to a service outside the mesh is originated. */
export type TlsFiles = {
  readonly caFile: string;
  /** Sent as SNI, and the name that the certificate must carry; without it no name is checked, as in Consul. */
  readonly serverName?: string;
};

/** How a connection goes on. */
export type Outbound =
  | { readonly kind: "plain" }
  | ({ readonly kind: "tls" } & TlsFiles)
  | ({ readonly kind: "mtls"; readonly certFile: string; readonly keyFile: string } & TlsFiles)
  | {
      readonly kind: "mesh";
      /** Service whose leaf certificate is presented to the far side. */
      readonly leaf: string;
      readonly serverName: string;
      /** SPIFFE IDs of which the far side must prove one. */
      readonly spiffeIds: readonly string[];
      readonly limits?: TlsLimits;
    };

/** TCP keepalive: after how long an idle connection is probed, then how often, and how many lost probes end it. */
export type Keepalive = {
  readonly idleSeconds: number;
  readonly intervalSeconds?: number;
  readonly probes?: number;
};

/** What a service is declared to speak, where that is HTTP of one kind or another. */
export type HttpProtocol = "http" | "http2" | "grpc";

/** Instances that can serve a connection, and how they are reached. */
export type RouteTarget = {
  /** What log lines call it, e.g. "api", "v1.api", "api in dc2"; no two targets of a route have the same name. */
  readonly name: string;
  readonly outbound: Outbound;
  readonly endpoints: readonly Endpoint[];
  /** Whose mesh gateways the endpoints are, where they are not those who take the connection in at last. */
  readonly way?: GatewayWay;
  /** How long each endpoint may take to be dialled. */
  readonly connectTimeoutMs: number;
  /** TCP keepalive towards the endpoints; undefined leaves it to the system. */
  readonly keepalive?: Keepalive;
  /** Whether its datacenter is out of reach, so that what is known of its endpoints may be out of date: others go before it. */
  readonly stale?: boolean;
};

/**
 * Where connections of one kind go: plain, immutable, printable data without any secret.
 *
 * Its own target comes first; its name is what metrics and spans call the route: the destination service, with its subset in front if it
 * has one.
 */
export type Route = RouteTarget & {
  readonly inbound: Inbound;
  /** Absent where bytes are no more than bytes. */
  readonly protocol?: HttpProtocol;
  /** Targets that stand in for the first, in this order: an earlier one that can be reached leaves the later ones without connections. */
  readonly failover?: readonly RouteTarget[];
};

/** An address to listen on, and what its connections are matched by. */
export type Listener = {
  readonly name: string;
  /** IP address to bind. */
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /**
   * A route of its own for each server name, or one for all. The name `*.<suffix>`, in lower case, stands for those with one or more
   * labels before the suffix; the exact name goes before it, and so does a longer suffix.
   *
   * By host each request is matched by itself, by the host that it asks for. Names are in lower case and without a port; besides
   * `*.<suffix>` there are `<prefix>.*`, with one or more labels after the prefix, and `*`, in this order.
   */
  readonly match:
    | { readonly by: "sni"; readonly routes: ReadonlyMap<string, Route> }
    | { readonly by: "listener"; readonly route: Route }
    | {
        readonly by: "host";
        readonly inbound: OutsideInbound;
        readonly protocol: HttpProtocol;
        readonly routes: ReadonlyMap<string, Route>;
      };
};

/** A part of the configuration that cannot carry traffic now, and why; shown on the admin port. */
export type Unavailable = { readonly name: string; readonly reason: string };

/** Everything a proxy does at one moment. */
export type RouteTable = {
  readonly listeners: readonly Listener[];
  readonly unavailable: readonly Unavailable[];
};
