import type { Mesh } from "../src/index.ts";

/** A fault in a mesh, and what is to be said of it. */
export type Fault = {
  readonly name: string;
  /** Breaks it, where it is not broken from the beginning. */
  readonly make?: (mesh: Mesh) => Promise<unknown>;
  readonly mend?: (mesh: Mesh) => Promise<unknown>;
  readonly source?: string;
  readonly to: string;
  readonly step: string;
  readonly detail: RegExp;
  readonly remedy: RegExp;
};

const MAINTENANCE = "/v1/agent/service/maintenance/resting";

/** What is broken from the beginning, or can be broken by one request. */
export const FAULTS: readonly Fault[] = [
  {
    name: "the source is not registered",
    source: "nobody",
    to: "api",
    step: "source",
    detail: /no service nobody is registered in dc1/,
    remedy: /services register nobody/,
  },
  {
    name: "the source has no sidecar",
    source: "meshless",
    to: "api",
    step: "sidecar",
    detail: /no sidecar proxy is registered/,
    remedy: /sidecar_service/,
  },
  {
    name: "the sidecar of the source does not run",
    source: "stopped",
    to: "api",
    step: "sidecar-running",
    detail: /no process answers for stopped-sidecar-proxy/,
    remedy: /connect proxy -proxy-id stopped-sidecar-proxy/,
  },
  {
    name: "the destination is no upstream",
    to: "other",
    step: "upstream",
    detail: /no upstream other: it has api, /,
    remedy: /destination_name = "other"/,
  },
  {
    name: "the destination is not registered",
    to: "unknown",
    step: "instances",
    detail: /no service unknown is registered in dc1/,
    remedy: /register it/,
  },
  {
    name: "every instance is critical",
    to: "sick",
    step: "instances",
    detail: /critical by its check "port": connection refused/,
    remedy: /check/,
  },
  {
    name: "the destination is in maintenance",
    make: ({ agent }) => agent.put(`${MAINTENANCE}?enable=true&reason=upgrade`),
    mend: ({ agent }) => agent.put(`${MAINTENANCE}?enable=false`),
    to: "resting",
    step: "instances",
    detail: /in maintenance \(upgrade\)/,
    remedy: /maint -disable/,
  },
  {
    name: "no instance is in the subset",
    to: "subset",
    step: "instances",
    detail: /no instance is in the subset v2/,
    remedy: /filter/,
  },
  {
    name: "a redirect leads to a datacenter that there is not",
    to: "elsewhere",
    step: "datacenter",
    detail: /there is no datacenter dc9/,
    remedy: /service-resolver/,
  },
  {
    name: "it has neither a sidecar nor a gateway",
    to: "unlinked",
    step: "destination-proxy",
    detail: /no terminating gateway is linked/,
    remedy: /terminating-gateway entry/,
  },
  {
    name: "the linked gateway is not registered",
    to: "orphan",
    step: "destination-proxy",
    detail: /terminating gateway ghost, of which no instance/,
    remedy: /-service ghost/,
  },
  {
    name: "the sidecar of the destination does not run",
    to: "stopped",
    step: "destination-proxy-running",
    detail: /no process answers for stopped-sidecar-proxy/,
    remedy: /connect proxy/,
  },
  {
    name: "an intention for both denies",
    to: "denied",
    step: "intention",
    detail: /denied: web => denied \(deny, precedence 9\)/,
    remedy: /-allow -replace web denied$/,
  },
  {
    name: "an intention for all denies",
    to: "denied-to-all",
    step: "intention",
    detail: /denied: \* => denied-to-all \(deny, precedence 8\)/,
    remedy: /-allow web denied-to-all$/,
  },
  {
    name: "no intention allows",
    to: "denied-by-default",
    step: "intention",
    detail: /no intention matches, and the default policy is deny/,
    remedy: /-allow web denied-by-default$/,
  },
  {
    name: "the CA file is missing",
    to: "ca-missing",
    step: "tls-origination",
    detail: /gone\.pem/,
    remedy: /gone\.pem/,
  },
  {
    name: "the key is not that of the certificate",
    to: "wrong-key",
    step: "tls-origination",
    detail: /stranger\.key is not the private key of/,
    remedy: /stranger\.key/,
  },
  {
    name: "nobody listens outside",
    to: "down",
    step: "hop-destination",
    detail: /DIAL_FAILED: connecting to 127\.0\.0\.1:\d+ failed/,
    remedy: /listens/,
  },
  {
    name: "the certificate outside has another name",
    to: "wrong-name",
    step: "hop-destination",
    detail: /UPSTREAM_TLS_FAILED: .*wrong-name\.example/,
    remedy: /SNI/,
  },
  {
    name: "the certificate outside is of another CA",
    to: "unknown-ca",
    step: "hop-destination",
    detail: /UPSTREAM_TLS_FAILED: .*CA/,
    remedy: /CAFile/,
  },
  {
    name: "the certificate outside has expired",
    to: "expired",
    step: "hop-destination",
    detail: /UPSTREAM_TLS_FAILED: .*expired/,
    remedy: /certificate/,
  },
  {
    name: "somebody else answers in place of the sidecar",
    to: "impostor",
    step: "hop-sidecar",
    detail: /UPSTREAM_TLS_FAILED/,
    remedy: /certificate/,
  },
  {
    name: "the application does not listen",
    to: "appless",
    step: "hop-destination",
    detail: /DIAL_FAILED: connecting to 127\.0\.0\.1:\d+ failed/,
    remedy: /listens/,
  },
];
