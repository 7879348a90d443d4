import { placeName } from "./destination-steps.ts";
import type { Facts, GatewayHop, ProxyFacts } from "./facts.ts";
import { addressOf, counted, healthy, nameOf, troubleOf, wanAddressOf } from "./instances.ts";
import { foreign } from "./source-steps.ts";
import { type Finding, failed, notChecked, ok } from "./step.ts";

export function gatewayMode({ place, upstream }: Facts): Finding {
  if (place === undefined || upstream === undefined) return notChecked("it is not known where the upstream leads");
  const { mode, setBy, meaning } = place.leading;
  return ok(`${mode === "" ? "none is set" : `${mode}, set by ${setBy}`}: ${meaning}`);
}

export function meshGateways({ place, upstream, gatewayHops, ownDatacenter }: Facts): Finding {
  if (place === undefined || upstream === undefined) return notChecked("it is not known where the upstream leads");
  if (place.leading.through === "") return ok("none are needed");
  const findings = gatewayHops.map((hop) => gatewaysOf(hop, ownDatacenter));
  const bad = findings.find(({ state }) => state === "failed") ?? findings.find(({ state }) => state === "not checked");
  return bad ?? ok(findings.map(({ detail }) => detail).join("; "));
}

function gatewaysOf({ datacenter, gateways }: GatewayHop, ownDatacenter: string): Finding {
  if (gateways.kind === "unknown") return notChecked(`${datacenter}: ${gateways.why}`);
  const found = gateways.value;
  const start = "causeway connect envoy -gateway=mesh -register -service gateway -address … -wan-address …";
  if (found.length === 0) {
    return failed(
      `no mesh gateway of ${datacenter} is registered`,
      `run one there: ${start}${datacenter === ownDatacenter ? "; or set the mode to remote" : ""}`,
    );
  }
  const good = healthy(found.map(({ instance }) => instance));
  if (good.length === 0) {
    const troubles = found.map(({ instance }) => troubleOf(instance)).join("; ");
    return failed(
      `no mesh gateway of ${datacenter} is healthy: ${troubles}`,
      `in ${datacenter}, start it again: ${start}`,
    );
  }
  const dead = found.filter((proxy) => proxy.process.kind === "known" && !isAlive(proxy) && !proxy.listens);
  if (dead.length === found.length) {
    return failed(
      `no process answers for the mesh gateways of ${datacenter}: ${dead.map(({ instance }) => nameOf(instance)).join(", ")}`,
      `in ${datacenter}, start it again: ${start}`,
    );
  }
  const address = datacenter === ownDatacenter ? addressOf : wanAddressOf;
  return ok(`${datacenter}: ${good.map((each) => `${each.Service.ID} at ${address(each)}`).join(", ")}`);
}

export function taker(facts: Facts): Finding {
  const { place } = facts;
  if (place === undefined) return notChecked("it is not known where the upstream leads");
  if (place.providers.kind === "unknown") return notChecked(place.providers.why);
  const found = place.providers.value;
  const { service } = place.leading;
  if (found.length === 0) return nobody(facts, service);
  const good = healthy(found);
  const kinds = [...new Set(found.map(({ Service }) => kindName(Service.Kind)))].join(" and ");
  if (good.length === 0) {
    return failed(
      `no ${kinds} of ${placeName(place.leading)} is healthy: ${found.map(troubleOf).join("; ")}`,
      startOf(found[0]?.Service.Kind, found[0]?.Service.ID ?? "", found[0]?.Service.Service ?? ""),
    );
  }
  return ok(`${kinds}: ${good.map((each) => `${nameOf(each)} at ${addressOf(each)}`).join(", ")}`);
}

/** Nobody takes connections: the gateway that it is linked to is not registered, or it has neither sidecar nor link. */
function nobody({ links }: Facts, service: string): Finding {
  if (links.kind === "known" && links.value.length > 0) {
    const [{ gateway } = { gateway: "" }] = links.value;
    return failed(
      `${service} is linked to the terminating gateway ${gateway}, of which no instance is registered`,
      `run it: causeway connect envoy -gateway=terminating -register -service ${gateway} -address …`,
    );
  }
  const what = `${service} has no sidecar, and no terminating gateway is linked to it`;
  const unseen = links.kind === "unknown" ? ` (gateways not looked at: ${links.why})` : "";
  return failed(
    `${what}${unseen}`,
    `register a sidecar for it, or if it is outside of the mesh add { Name = "${service}" } to the Services of a terminating-gateway entry: causeway config write gateway.hcl`,
  );
}

export function takerRuns({ place, takers }: Facts): Finding {
  if (place === undefined || takers.length === 0) return notChecked("there is no proxy to look at");
  const native = takers.filter(({ instance }) => !instance.Service.Kind);
  if (native.length === takers.length) return ok("the service speaks for itself: it is Connect-native");
  const proxies = takers.filter(({ instance }) => instance.Service.Kind);
  const alive = proxies.filter(isAlive);
  if (alive.length > 0) {
    const dead = proxies.filter((proxy) => proxy.process.kind === "known" && !isAlive(proxy));
    return ok(
      `${alive.map(({ instance }) => instance.Service.ID).join(", ")}${dead.length === 0 ? "" : `; ${counted(dead.length, "other")} do not answer`}`,
    );
  }
  const [first] = proxies;
  const unseen = proxies.find(({ process }) => process.kind === "unknown");
  if (unseen?.process.kind === "unknown") return notChecked(unseen.process.why);
  const listening = proxies.find(({ listens }) => listens);
  if (listening !== undefined) return notChecked(foreign(listening));
  const { Service } = first?.instance ?? { Service: { Kind: "", ID: "", Service: "" } };
  return failed(
    `no process answers for ${proxies.map(({ instance }) => nameOf(instance)).join(", ")}`,
    startOf(Service.Kind, Service.ID, Service.Service),
  );
}

function isAlive({ process }: ProxyFacts): boolean {
  return process.kind === "known" && process.value !== undefined;
}

function startOf(kind: string | undefined, id: string, service: string): string {
  if (kind === "terminating-gateway") {
    return `start it: causeway connect envoy -gateway=terminating -service ${service} -proxy-id ${id}`;
  }
  return `start it: causeway connect proxy -proxy-id ${id}; if it runs, its log says why it does not answer`;
}

/** A kind of proxy as people call it. */
export function kindName(kind: string | undefined): string {
  switch (kind) {
    case "connect-proxy":
      return "sidecar";
    case "terminating-gateway":
      return "terminating gateway";
    case "mesh-gateway":
      return "mesh gateway";
    default:
      return "Connect-native instance";
  }
}
