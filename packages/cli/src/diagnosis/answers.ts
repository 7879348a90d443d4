/** A check of an instance or of its node. */
export type Check = {
  readonly CheckID: string;
  readonly Name: string;
  readonly Status: string;
  readonly Output: string;
  readonly Notes?: string;
};

type TaggedAddresses = Readonly<Record<string, { readonly Address: string; readonly Port: number }>> | null;

/** A service that a sidecar's application calls. */
export type Upstream = {
  readonly DestinationType?: string;
  readonly DestinationName: string;
  readonly Datacenter?: string;
  readonly LocalBindAddress?: string;
  readonly LocalBindPort?: number;
};

/** An instance as the agent's health endpoints tell it. */
export type Instance = {
  readonly Node: { readonly Node: string; readonly Address: string };
  readonly Service: {
    readonly ID: string;
    readonly Service: string;
    readonly Kind?: string;
    readonly Address: string;
    readonly Port: number;
    readonly TaggedAddresses?: TaggedAddresses;
    readonly Proxy?: {
      readonly DestinationServiceName?: string;
      readonly DestinationServiceID?: string;
      readonly Upstreams?: readonly Upstream[] | null;
    };
  };
  readonly Checks: readonly Check[] | null;
};

/** An endpoint of a route, as a proxy's page tells it. */
export type Endpoint = {
  readonly address: string;
  readonly port: number;
  readonly healthy: boolean;
  readonly node?: string;
  readonly instance?: string;
};

/** Where connections go on to. */
export type Target = {
  readonly name: string;
  readonly outbound: {
    readonly kind: string;
    readonly serverName?: string;
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  readonly endpoints: readonly Endpoint[];
  readonly stale?: boolean;
};

/** A route of a proxy's table. */
export type Route = Target & {
  readonly serverName?: string;
  readonly listener?: string;
  readonly inbound: {
    readonly kind: string;
    readonly leaf?: string;
    readonly intentions?: readonly string[];
    readonly defaultAction?: string;
  };
  readonly failover?: readonly Target[];
};

/** The page /debug/routes. */
export type RoutesPage = {
  readonly listeners: readonly {
    readonly name: string;
    readonly address: string;
    readonly port: number;
    readonly bound: boolean;
    readonly boundPort?: number;
  }[];
  readonly routes: readonly Route[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly fileErrors: readonly {
    readonly files: readonly string[];
    readonly reason: string;
    readonly usingLastGood: boolean;
  }[];
};

/** A leaf of the page /debug/leaves. */
export type Leaf = {
  readonly service: string;
  readonly rootId?: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly problem?: string;
};

/** The page /readyz. */
export type Readiness = {
  readonly ready: boolean;
  readonly draining: boolean;
  readonly waitingFor: readonly { readonly name: string; readonly reason?: string }[];
};

/** A connection of a proxy that is open, or was refused. */
export type Connection = {
  readonly id: number;
  readonly client: string;
  readonly serverName?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly endpoint?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly decidedBy?: string;
  readonly failedDials?: readonly {
    readonly target: string;
    readonly address?: string;
    readonly code: string;
    readonly reason: string;
  }[];
  readonly endedMs?: number;
};

export type Intention = {
  readonly ID: string;
  readonly SourceName: string;
  readonly DestinationName: string;
  readonly Action: string;
  readonly Precedence: number;
};

/** Which intention decides between two services. */
export type IntentionFacts = {
  readonly Source: string;
  readonly Destination: string;
  readonly Allowed: boolean;
  /** ID of one of `Matching`; null where the default does. */
  readonly DecidedBy: string | null;
  readonly DefaultAction: string;
  /** The one that decides first. */
  readonly Matching: readonly Intention[];
};

/** The certificate authorities that the mesh trusts. */
export type RootFacts = {
  readonly ActiveRootID: string;
  readonly TrustDomain: string;
  readonly Roots:
    | readonly {
        readonly ID: string;
        readonly NotBefore: string;
        readonly NotAfter: string;
        readonly Active: boolean;
      }[]
    | null;
};
