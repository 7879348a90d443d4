import type { Facts, Instance, Leaf, Place, Process, ProxyFacts, Route } from "../facts.ts";
import { known } from "../step.ts";

const NOW_MS = Date.parse("2026-01-02T00:00:00Z");
const LISTENER = "api:127.0.0.1:9001";

/** An instance in order, on the node "n1". */
export function instance(
  ID: string,
  more: Partial<Instance["Service"]> = {},
  Checks: Instance["Checks"] = [],
): Instance {
  const Service = { ID, Service: ID, Address: "10.0.0.1", Port: 8000, ...more };
  return { Node: { Node: "n1", Address: "10.0.0.1" }, Service, Checks };
}

/** A check that fails. */
export function critical(Name: string, Output = "", CheckID = Name): NonNullable<Instance["Checks"]>[number] {
  return { CheckID, Name, Status: "critical", Output };
}

/** A leaf that is valid, of the root that is trusted. */
export function leaf(service: string, more: Partial<Leaf> = {}): Leaf {
  return { service, rootId: "r1", validFrom: "2026-01-01T00:00:00Z", validUntil: "2026-01-04T00:00:00Z", ...more };
}

/** A proxy that runs and is ready. */
export function running(registered: Instance, process: Partial<Process> = {}): ProxyFacts {
  const table = { listeners: [], routes: [], unavailable: [], fileErrors: [] };
  const ready = { ready: true, draining: false, waitingFor: [] };
  const whole = { readiness: ready, routes: table, leaves: [], refusals: [], ...process };
  return { instance: registered, datacenter: "dc1", process: known(whole), listens: false };
}

/** A proxy for which no process answers. */
export function silent(registered: Instance, listens = false): ProxyFacts {
  return { instance: registered, datacenter: "dc1", process: known(undefined), listens };
}

/** A place in the caller's own datacenter where all is well. */
export function place(more: Partial<Place> = {}): Place {
  const leading = {
    ...{ service: "api", subset: "", datacenter: "dc1", failover: false, mode: "", setBy: "nothing" },
    ...{ through: "", meaning: "direct: it is in dc1 too" },
  };
  const providers = known([TAKER]);
  return { leading, datacenter: known("answers"), instances: known([instance("api")]), providers, ...more };
}

const TAKER = instance("api-sidecar-proxy", { Kind: "connect-proxy" });
const UPSTREAM = { DestinationName: "api", LocalBindPort: 9001 };
const CALLER = instance("web-sidecar-proxy", { Kind: "connect-proxy", Proxy: { Upstreams: [UPSTREAM] } });
const TO_API: Route = {
  ...{ name: "api", listener: LISTENER, inbound: { kind: "plain" }, outbound: { kind: "mesh" } },
  endpoints: [{ address: "10.0.0.1", port: 8000, healthy: true }],
};

/** What the process of the caller's sidecar tells when all is well. */
export const CALLERS_PROCESS: Partial<Process> = {
  leaves: [leaf("web")],
  routes: {
    listeners: [{ name: LISTENER, address: "127.0.0.1", port: 9001, bound: true }],
    routes: [TO_API],
    unavailable: [],
    fileErrors: [],
  },
};

/** The caller's sidecar, with what is different of its process. */
export function caller(different: Partial<Process> = {}): ProxyFacts {
  return running(CALLER, { ...CALLERS_PROCESS, ...different });
}

/** What is known where web can reach api: both have sidecars in dc1. */
export function soundFacts(): Facts {
  const here = place();
  const root = { ID: "r1", NotBefore: "2026-01-01T00:00:00Z", NotAfter: "2036-01-01T00:00:00Z", Active: true };
  const allowing = { ID: "i1", SourceName: "web", DestinationName: "api", Action: "allow", Precedence: 9 };
  return {
    ...{ nowMs: NOW_MS, source: "web", destination: "api", datacenter: undefined, ownDatacenter: "dc1", ownNode: "n1" },
    instances: known([instance("web")]),
    sidecars: known([CALLER]),
    sidecar: caller(),
    upstream: UPSTREAM,
    places: known([here]),
    place: here,
    gatewayHops: [],
    links: known([]),
    takers: [running(TAKER, { leaves: [leaf("api")] })],
    roots: known({ ActiveRootID: "r1", TrustDomain: "x.consul", Roots: [root] }),
    intention: known({
      ...{ Source: "web", Destination: "api", Allowed: true, DecidedBy: "i1", DefaultAction: "deny" },
      Matching: [allowing],
    }),
    attempt: {
      ...{ kind: "made", address: "127.0.0.1:9001", open: true },
      hops: [
        { role: "sidecar", proxy: "web", kind: "connect-proxy", state: "carried" },
        { role: "destination", proxy: "api", kind: "connect-proxy", state: "carried" },
      ],
    },
  };
}

/** Sound facts of a caller whose api is in dc2, reached by mesh gateways of its own datacenter. */
export function factsAcross(gateways: Facts["gatewayHops"]): Facts {
  const leading = {
    ...{ service: "api", subset: "", datacenter: "dc2", failover: false, mode: "local", setBy: "proxy-defaults" },
    ...{ through: "dc1", meaning: "through the mesh gateways of dc1" },
  };
  const there = place({ leading });
  return { ...soundFacts(), places: known([there]), place: there, gatewayHops: gateways };
}

/** Sound facts of a caller whose api is outside of the mesh, behind the terminating gateway "egress" with this process. */
export function factsOutside(process: Partial<Process> | undefined): Facts {
  const gateway = instance("egress", { Kind: "terminating-gateway" });
  const outside = place({ providers: known([gateway]) });
  const taker = process === undefined ? silent(gateway) : running(gateway, { leaves: [leaf("api")], ...process });
  return { ...soundFacts(), places: known([outside]), place: outside, takers: [taker] };
}

/** A gateway's table with one route, to api by TLS of these files. */
export function originating(
  outbound: Route["outbound"],
  fileErrors: NonNullable<Process["routes"]>["fileErrors"] = [],
): Partial<Process> {
  const inbound = { kind: "mtls", leaf: "api" };
  const route: Route = { name: "api", serverName: "api.default", inbound, outbound, endpoints: [] };
  return { routes: { listeners: [], routes: [route], unavailable: [], fileErrors } };
}

/** Sound facts but for these. */
export function but(different: Partial<Facts>): Facts {
  return { ...soundFacts(), ...different };
}

/** Sound facts of a caller whose api is at a place that differs in this. */
export function at(different: Partial<Place>): Facts {
  const there = place(different);
  return but({ places: known([there]), place: there });
}

/** A fault, and what is to be said of it. */
export type Failure = {
  readonly name: string;
  readonly facts: Facts;
  readonly step: string;
  readonly detail: RegExp;
  readonly remedy: RegExp;
};
