import { certificateOfDestination, certificateOfSource, privileges, roots } from "./certificate-steps.ts";
import { chain, datacenter, instances } from "./destination-steps.ts";
import type { Facts } from "./facts.ts";
import { gatewayMode, meshGateways, taker, takerRuns } from "./gateway-steps.ts";
import { connectionSteps } from "./hop-steps.ts";
import { intention } from "./intention-step.ts";
import { tlsOrigination } from "./origination-step.ts";
import { localPort, sidecarRegistered, sidecarRuns, sourceRegistered, upstreamDeclared } from "./source-steps.ts";
import type { Finding, Step } from "./step.ts";

type Look = {
  readonly id: string;
  readonly title: (facts: Facts) => string;
  readonly look: (facts: Facts) => Finding;
};

/** In the order in which a connection needs them, so that the first that fails is the one to do something about. */
const LOOKS: readonly Look[] = [
  { id: "source", title: ({ source }) => `${source} is registered`, look: sourceRegistered },
  { id: "sidecar", title: ({ source }) => `a sidecar is registered for ${source}`, look: sidecarRegistered },
  { id: "sidecar-running", title: () => "the sidecar runs", look: sidecarRuns },
  { id: "roots", title: () => "the mesh has a certificate authority", look: roots },
  { id: "source-certificate", title: ({ source }) => `certificate of ${source}`, look: certificateOfSource },
  {
    id: "upstream",
    title: ({ source, destination }) => `${destination} is an upstream of ${source}`,
    look: upstreamDeclared,
  },
  { id: "chain", title: ({ destination }) => `where ${destination} leads`, look: chain },
  { id: "local-port", title: () => "the upstream's local port", look: localPort },
  { id: "datacenter", title: (facts) => `datacenter ${placed(facts).datacenter}`, look: datacenter },
  { id: "instances", title: (facts) => `instances of ${placed(facts).service}`, look: instances },
  { id: "gateway-mode", title: () => "mesh gateway mode", look: gatewayMode },
  { id: "mesh-gateways", title: () => "mesh gateways", look: meshGateways },
  { id: "destination-proxy", title: (facts) => `who takes connections for ${placed(facts).service}`, look: taker },
  { id: "destination-proxy-running", title: () => "that proxy runs", look: takerRuns },
  { id: "privileges", title: () => "privileges of the terminating gateway", look: privileges },
  {
    id: "destination-certificate",
    title: (facts) => `certificate of ${placed(facts).service}`,
    look: certificateOfDestination,
  },
  { id: "intention", title: (facts) => `intention ${facts.source} => ${placed(facts).service}`, look: intention },
  { id: "tls-origination", title: (facts) => `TLS from the gateway to ${placed(facts).service}`, look: tlsOrigination },
];

/** Why a service can or cannot reach another: every step between them, in the order in which a connection needs them. Pure. */
export function diagnose(facts: Facts): readonly Step[] {
  const looked = LOOKS.map(({ id, title, look }): Step => ({ id, title: title(facts), ...look(facts) }));
  return [...looked, ...connectionSteps(facts)];
}

/** The service and datacenter that connections come down to, as far as that is known. */
function placed({ place, destination, datacenter, ownDatacenter }: Facts) {
  return {
    service: place?.leading.service ?? destination,
    datacenter: place?.leading.datacenter ?? datacenter ?? ownDatacenter,
  };
}
