import { known } from "../step.ts";
import { but, caller, critical, type Failure, instance, leaf, silent } from "./facts.ts";

const table = (more: object) => ({ routes: { listeners: [], routes: [], unavailable: [], fileErrors: [], ...more } });
const NAME = "api:127.0.0.1:9001";

/** What can be wrong on the caller's side. */
export const NEAR_FAILURES: readonly Failure[] = [
  {
    name: "no source",
    facts: but({ instances: known([]) }),
    step: "source",
    detail: /a sidecar is registered for it/,
    remedy: /register web/,
  },
  {
    name: "no sidecar",
    facts: but({ sidecars: known([]), sidecar: undefined }),
    step: "sidecar",
    detail: /no sidecar proxy/,
    remedy: /sidecar_service/,
  },
  {
    name: "another ID than that of a sidecar",
    facts: but({ sidecar: undefined }),
    step: "sidecar",
    detail: /none has the ID/,
    remedy: /web-sidecar-proxy/,
  },
  {
    name: "a sidecar that has died",
    facts: but({ sidecar: silent(instance("w", {}, [critical("port", "refused")])) }),
    step: "sidecar-running",
    detail: /no process.*refused/,
    remedy: /connect proxy/,
  },
  {
    name: "a sidecar on its way out",
    facts: but({ sidecar: caller({ readiness: { ready: false, draining: true, waitingFor: [] } }) }),
    step: "sidecar-running",
    detail: /way out/,
    remedy: /start it again/,
  },
  {
    name: "no active root",
    facts: but({ roots: known({ ActiveRootID: "r2", TrustDomain: "", Roots: null }) }),
    step: "roots",
    detail: /no root/,
    remedy: /`ca`/,
  },
  {
    name: "a root that has expired",
    facts: but({ nowMs: Date.parse("2037-01-01") }),
    step: "roots",
    detail: /expired since 2036/,
    remedy: /rotate/,
  },
  {
    name: "a root of tomorrow",
    facts: but({ nowMs: Date.parse("2025-12-31T23:00:00Z") }),
    step: "roots",
    detail: /not valid before 2026-01-01.*in 1 h/,
    remedy: /clocks/,
  },
  {
    name: "a leaf that the CA does not give",
    facts: but({ sidecar: caller({ leaves: [{ service: "web", problem: "no answer" }] }) }),
    step: "source-certificate",
    detail: /gets none: no answer/,
    remedy: /`ca`/,
  },
  {
    name: "a leaf that the token has no right to",
    facts: but({ sidecar: caller({ leaves: [{ service: "web", problem: "Permission denied" }] }) }),
    step: "source-certificate",
    detail: /Permission denied/,
    remedy: /service "web" \{ policy = "write" \}/,
  },
  {
    name: "a leaf that has expired",
    facts: but({ sidecar: caller({ leaves: [leaf("web", { validUntil: "2026-01-01T12:00:00Z", problem: "away" })] }) }),
    step: "source-certificate",
    detail: /expired since .*\(12 h\); it is not renewed: away/,
    remedy: /`ca`/,
  },
  {
    name: "a leaf of tomorrow",
    facts: but({ sidecar: caller({ leaves: [leaf("web", { validFrom: "2026-01-02T00:05:00Z" })] }) }),
    step: "source-certificate",
    detail: /not valid before .*5 min/,
    remedy: /clocks/,
  },
  {
    name: "a leaf of a root that is not trusted any more",
    facts: but({ sidecar: caller({ leaves: [leaf("web", { rootId: "r0" })] }) }),
    step: "source-certificate",
    detail: /root r0, which is not trusted/,
    remedy: /renewed/,
  },
  {
    name: "no such upstream",
    facts: but({ upstream: undefined, datacenter: "dc2" }),
    step: "upstream",
    detail: /no upstream api in dc2: it has api/,
    remedy: /local_bind_port/,
  },
  {
    name: "an upstream that leads nowhere",
    facts: but({ places: known("nowhere: circle"), place: undefined }),
    step: "chain",
    detail: /circle/,
    remedy: /service-resolver/,
  },
  {
    name: "a subset that cannot be used",
    facts: but({ sidecar: caller(table({ unavailable: [{ name: NAME, reason: "api: bad filter" }] })) }),
    step: "chain",
    detail: /bad filter/,
    remedy: /service-resolver/,
  },
  {
    name: "a port without a listener",
    facts: but({ sidecar: caller(table({ unavailable: [{ name: NAME, reason: "LocalBindPort is not set" }] })) }),
    step: "local-port",
    detail: /LocalBindPort is not set/,
    remedy: /reason/,
  },
  {
    name: "a port that somebody else has",
    facts: but({
      sidecar: caller({
        ...table({ listeners: [{ name: NAME, address: "127.0.0.1", port: 9001, bound: false }] }),
        readiness: {
          ready: false,
          draining: false,
          waitingFor: [{ name: "listeners", reason: `${NAME}: EADDRINUSE` }],
        },
      }),
    }),
    step: "local-port",
    detail: /EADDRINUSE/,
    remedy: /ss -ltnp/,
  },
];
