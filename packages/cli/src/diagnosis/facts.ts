import type {
  Connection,
  Instance,
  IntentionFacts,
  Leaf,
  Readiness,
  RootFacts,
  RoutesPage,
  Upstream,
} from "./answers.ts";
import type { Known } from "./step.ts";

export type * from "./answers.ts";

/** What a proxy tells of itself. */
export type Process = {
  readonly readiness: Readiness;
  /** Undefined before its first table. */
  readonly routes: RoutesPage | undefined;
  readonly leaves: readonly Leaf[];
  /** The latest first. */
  readonly refusals: readonly Connection[];
};

/** A registered proxy, and what its process tells; undefined when none answers. */
export type ProxyFacts = {
  readonly instance: Instance;
  readonly datacenter: string;
  readonly process: Known<Process | undefined>;
  /** Whether something takes connections at its address, where no process answers on the bus: another maker's proxy does not. */
  readonly listens: boolean;
};

/** One of the places that an upstream leads to, as the agent of the sidecar tells. */
export type Leading = {
  readonly service: string;
  readonly subset: string;
  readonly datacenter: string;
  /** Whether it only stands in for another one. */
  readonly failover: boolean;
  readonly mode: string;
  readonly setBy: string;
  /** The datacenter whose mesh gateways are dialled first; "" when none are. */
  readonly through: string;
  readonly meaning: string;
};

/** What is known of a place that an upstream leads to. */
export type Place = {
  readonly leading: Leading;
  /** Whether its datacenter exists and answers. */
  readonly datacenter: Known<"answers" | "unknown" | "silent">;
  readonly instances: Known<readonly Instance[]>;
  /** Whoever takes mesh connections for it. */
  readonly providers: Known<readonly Instance[]>;
};

/** A gateway that is to carry connections to the place, as its config entry links it. */
export type Link = { readonly gateway: string; readonly wildcard: boolean };

/** Mesh gateways of a datacenter on the way. */
export type GatewayHop = { readonly datacenter: string; readonly gateways: Known<readonly ProxyFacts[]> };

/** What one hop of a connection that was made on purpose saw of it. */
export type HopSeen = {
  /** "sidecar", which is the caller's, "mesh-gateway-<datacenter>", or "destination": the proxy that stands for that. */
  readonly role: string;
  readonly proxy: string;
  readonly kind: string;
  /** "unseen" where none of its records is the connection's. */
  readonly state: "carried" | "refused" | "unseen" | "unknown";
  readonly record?: Connection;
  readonly why?: string;
};

/** A connection that was made on purpose, or why none was. */
export type Attempt =
  | { readonly kind: "not made"; readonly why: string }
  | {
      readonly kind: "made";
      readonly address: string;
      /** Whether it was still open when every hop had been looked at. */
      readonly open: boolean;
      readonly problem?: string;
      readonly hops: readonly HopSeen[];
    };

/** All that a diagnosis goes by. What comes later was only asked for if what comes before it allows. */
export type Facts = {
  readonly nowMs: number;
  readonly source: string;
  readonly destination: string;
  /** As it was asked for; undefined is whichever the upstream names. */
  readonly datacenter: string | undefined;
  readonly ownDatacenter: string;
  /** Node of the agent that is asked. */
  readonly ownNode: string;
  readonly instances: Known<readonly Instance[]>;
  /** Every sidecar that is registered for the source. */
  readonly sidecars: Known<readonly Instance[]>;
  /** The one that is looked at. */
  readonly sidecar: ProxyFacts | undefined;
  readonly upstream: Upstream | undefined;
  /** Where the upstream leads; a text says why nowhere. */
  readonly places: Known<readonly Place[] | string>;
  /** The place that connections go to now: the first that works, or else the first. */
  readonly place: Place | undefined;
  readonly gatewayHops: readonly GatewayHop[];
  /** Terminating gateways that config entries link the destination to. */
  readonly links: Known<readonly Link[]>;
  /** Whoever takes the connections for the place: sidecars or terminating gateways. */
  readonly takers: readonly ProxyFacts[];
  readonly roots: Known<RootFacts>;
  readonly intention: Known<IntentionFacts>;
  readonly attempt: Attempt;
};
