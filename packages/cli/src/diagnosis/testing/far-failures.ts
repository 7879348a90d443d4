import type { Facts, HopSeen } from "../facts.ts";
import { known } from "../step.ts";
import {
  at,
  but,
  caller,
  critical,
  type Failure,
  factsAcross,
  factsOutside,
  instance,
  originating,
  place,
  running,
  silent,
} from "./facts.ts";

const { leading } = place();
const gateway = instance("gateway", {
  Kind: "mesh-gateway",
  TaggedAddresses: { wan: { Address: "203.0.113.7", Port: 443 } },
});
const hop = (role: string, state: HopSeen["state"], outcome = "", reason = ""): HopSeen => {
  const kind = role === "destination" ? "terminating-gateway" : "connect-proxy";
  const record = outcome === "" ? {} : { record: { id: 1, client: "c", outcome, reason } };
  return { role, proxy: role, kind, state, ...record };
};
const made = (open: boolean, ...hops: readonly HopSeen[]): Facts =>
  but({ attempt: { kind: "made", address: "127.0.0.1:9001", open, hops } });
const table = (more: object) => ({ routes: { listeners: [], routes: [], unavailable: [], fileErrors: [], ...more } });
const NAME = "api:127.0.0.1:9001";
const DENIED = "Permission denied: Missing service:write on api";

/** What can be wrong on the way and at its end. */
export const FAR_FAILURES: readonly Failure[] = [
  {
    name: "a datacenter that there is not",
    facts: at({ leading: { ...leading, datacenter: "dc9" }, datacenter: known("unknown") }),
    step: "datacenter",
    detail: /no datacenter dc9/,
    remedy: /catalog datacenters/,
  },
  {
    name: "a datacenter that is silent",
    facts: at({ leading: { ...leading, datacenter: "dc2" }, datacenter: known("silent") }),
    step: "datacenter",
    detail: /cannot be reached/,
    remedy: /leaf node/,
  },
  {
    name: "no instance",
    facts: at({ instances: known([]) }),
    step: "instances",
    detail: /no service api is registered in dc1; if it is in another/,
    remedy: /register it/,
  },
  {
    name: "critical instances",
    facts: at({ instances: known([instance("api", {}, [critical("http", "500\nmore")])]) }),
    step: "instances",
    detail: /none of the 1 instance.*"http": 500$/,
    remedy: /check/,
  },
  {
    name: "a node in maintenance",
    facts: at({ instances: known([instance("api", {}, [critical("m", "", "_node_maintenance")])]) }),
    step: "instances",
    detail: /in maintenance$/,
    remedy: /maint -disable/,
  },
  {
    name: "an empty subset",
    facts: {
      ...at({ leading: { ...leading, subset: "v2" } }),
      sidecar: caller(
        table({
          listeners: [{ name: NAME, address: "", port: 1, bound: true }],
          routes: [
            { name: "v2.api", listener: NAME, inbound: { kind: "plain" }, outbound: { kind: "mesh" }, endpoints: [] },
          ],
        }),
      ),
    },
    step: "instances",
    detail: /no instance is in the subset v2/,
    remedy: /filter/,
  },
  {
    name: "no mesh gateway here",
    facts: factsAcross([{ datacenter: "dc1", gateways: known([]) }]),
    step: "mesh-gateways",
    detail: /of dc1 is registered/,
    remedy: /or set the mode to remote/,
  },
  {
    name: "no mesh gateway there",
    facts: factsAcross([
      { datacenter: "dc1", gateways: known([running(gateway)]) },
      { datacenter: "dc2", gateways: known([]) },
    ]),
    step: "mesh-gateways",
    detail: /of dc2 is registered/,
    remedy: /run one there/,
  },
  {
    name: "an ill mesh gateway",
    facts: factsAcross([{ datacenter: "dc1", gateways: known([silent({ ...gateway, Checks: [critical("tcp")] })]) }]),
    step: "mesh-gateways",
    detail: /is healthy.*tcp/,
    remedy: /start it again/,
  },
  {
    name: "a dead mesh gateway",
    facts: factsAcross([{ datacenter: "dc1", gateways: known([silent(gateway)]) }]),
    step: "mesh-gateways",
    detail: /no process answers/,
    remedy: /start it again/,
  },
  {
    name: "nobody who takes connections",
    facts: at({ providers: known([]) }),
    step: "destination-proxy",
    detail: /no sidecar, and no terminating gateway/,
    remedy: /Services/,
  },
  {
    name: "a linked gateway that is not registered",
    facts: { ...at({ providers: known([]) }), links: known([{ gateway: "egress", wildcard: true }]) },
    step: "destination-proxy",
    detail: /gateway egress, of which no instance/,
    remedy: /-service egress/,
  },
  {
    name: "an ill sidecar of the destination",
    facts: at({ providers: known([instance("p", { Kind: "connect-proxy" }, [critical("tcp")])]) }),
    step: "destination-proxy",
    detail: /no sidecar of api in dc1 is healthy/,
    remedy: /connect proxy -proxy-id p/,
  },
  {
    name: "a gateway that has died",
    facts: factsOutside(undefined),
    step: "destination-proxy-running",
    detail: /egress on node n1/,
    remedy: /-gateway=terminating/,
  },
  {
    name: "a gateway without the privilege",
    facts: factsOutside({ leaves: [{ service: "api", problem: DENIED }] }),
    step: "privileges",
    detail: /egress gets no certificate for api: Permission denied/,
    remedy: /service "api" \{ policy = "write" \}/,
  },
  {
    name: "a destination without a certificate",
    facts: factsOutside({ leaves: [{ service: "api", problem: "away" }] }),
    step: "destination-certificate",
    detail: /gets none: away/,
    remedy: /`ca`/,
  },
  {
    name: "an intention that denies",
    facts: but({
      intention: known({
        Source: "web",
        Destination: "api",
        Allowed: false,
        DecidedBy: null,
        DefaultAction: "deny",
        Matching: [],
      }),
    }),
    step: "intention",
    detail: /denied: no intention matches/,
    remedy: /-allow web api$/,
  },
  {
    name: "files that cannot be used",
    facts: factsOutside(
      originating({ kind: "tls", caFile: "/ca" }, [{ files: ["/ca"], reason: "/ca: ENOENT", usingLastGood: true }]),
    ),
    step: "tls-origination",
    detail: /ENOENT; what it held before is still used/,
    remedy: /\/ca/,
  },
  {
    name: "a port that refuses",
    facts: but({ attempt: { kind: "made", address: "a:1", open: false, problem: "ECONNREFUSED", hops: [] } }),
    step: "connection",
    detail: /ECONNREFUSED/,
    remedy: /ss -ltnp/,
  },
  {
    name: "what the farthest hop that saw it says",
    facts: made(
      false,
      hop("sidecar", "refused", "UPSTREAM_TLS_FAILED", "alert"),
      hop("destination", "refused", "DENIED", "no"),
    ),
    step: "hop-destination",
    detail: /DENIED: no/,
    remedy: /explain intention/,
  },
  {
    name: "what the first hop says where no other saw it",
    facts: made(false, hop("sidecar", "refused", "DIAL_FAILED", "refused"), hop("destination", "unseen")),
    step: "hop-sidecar",
    detail: /DIAL_FAILED: refused/,
    remedy: /listens/,
  },
  {
    name: "a connection that broke off where nobody may look",
    facts: made(false, hop("sidecar", "unseen"), hop("destination", "unknown")),
    step: "connection",
    detail: /broken off/,
    remedy: /not checked/,
  },
];
