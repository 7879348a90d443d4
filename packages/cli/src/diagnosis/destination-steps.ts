import type { Facts, Place } from "./facts.ts";
import { counted, healthy, troubleOf } from "./instances.ts";
import { listenerName } from "./source-steps.ts";
import { type Finding, failed, notChecked, ok } from "./step.ts";

export function chain(facts: Facts): Finding {
  const { places, upstream, destination } = facts;
  if (upstream === undefined) return notChecked("there is no upstream to look at");
  if (places.kind === "unknown") return notChecked(places.why);
  if (typeof places.value === "string") {
    return failed(
      places.value,
      `look at the entries that lead there: causeway config read -kind service-resolver -name ${destination}`,
    );
  }
  const refused = refusal(facts);
  if (refused !== undefined) {
    return failed(
      refused,
      `correct the service-resolver: causeway config read -kind service-resolver -name ${facts.place?.leading.service ?? destination}`,
    );
  }
  const told = places.value.map(({ leading }) => `${leading.failover ? "else " : ""}${placeName(leading)}`).join(", ");
  const now = facts.place?.leading.failover ? `; now ${placeName(facts.place.leading)} stands in` : "";
  return ok(`${told}${now}`);
}

/** Why the sidecar makes nothing of the chain, where it is that and not its certificate or the port. */
function refusal({ sidecar, upstream, place }: Facts): string | undefined {
  if (sidecar?.process.kind !== "known" || upstream === undefined || place === undefined) return undefined;
  const routes = sidecar.process.value?.routes;
  const name = listenerName(upstream);
  if (routes === undefined || routes.listeners.some((each) => each.name === name)) return undefined;
  const { service, subset } = place.leading;
  const target = subset === "" ? service : `${subset}.${service}`;
  return routes.unavailable.find((each) => each.name === name && each.reason.startsWith(`${target}`))?.reason;
}

export function datacenter({ place, ownDatacenter }: Facts): Finding {
  if (place === undefined) return notChecked("it is not known where the upstream leads");
  const { leading, datacenter: state } = place;
  if (ownDatacenter === "") return notChecked("the agent does not tell in which one it is");
  if (leading.datacenter === ownDatacenter) return ok("the caller's own");
  if (state.kind === "unknown") return notChecked(state.why);
  switch (state.value) {
    case "answers":
      return ok("it answers");
    case "unknown":
      return failed(
        `there is no datacenter ${leading.datacenter}`,
        `correct the name in the upstream or the service-resolver; there are those of causeway catalog datacenters`,
      );
    case "silent":
      return failed(
        `the datacenter ${leading.datacenter} cannot be reached: the link between the NATS servers is down, or it is`,
        "restore the leaf node connection to it; causeway federation list shows which datacenters have a path",
      );
  }
}

export function instances(facts: Facts): Finding {
  const { place, datacenter: asked, ownDatacenter } = facts;
  if (place === undefined) return notChecked("it is not known where the upstream leads");
  const { service, datacenter: where } = place.leading;
  if (place.instances.kind === "unknown") return notChecked(place.instances.why);
  const found = place.instances.value;
  if (found.length === 0) {
    const elsewhere = where === ownDatacenter && asked === undefined ? "; if it is in another one, say so" : "";
    return failed(
      `no service ${service} is registered in ${where}${elsewhere}`,
      `register it there: causeway services register ${service}.hcl, or PUT /v1/catalog/register if it is outside of the mesh`,
    );
  }
  const good = healthy(found);
  if (good.length === 0) return unhealthy(found, service);
  const left = subsetLeft(facts, place);
  if (left !== undefined) return left;
  const ill = found.filter((instance) => !good.includes(instance)).map(troubleOf);
  return ok(`${good.length} of ${counted(found.length, "instance")} healthy${ill.length === 0 ? "" : `; ${ill[0]}`}`);
}

function unhealthy(found: Extract<Place["instances"], { kind: "known" }>["value"], service: string): Finding {
  const troubles = found.map(troubleOf);
  const shown = troubles.slice(0, 3).join("; ") + (troubles.length > 3 ? "; …" : "");
  const maintained = troubles.every((text) => text.includes("in maintenance"));
  return failed(
    `none of the ${counted(found.length, "instance")} of ${service} is healthy: ${shown}`,
    maintained
      ? `end the maintenance there: causeway maint -disable -service ${found[0]?.Service.ID}`
      : "look at what the check says, and mend the instance",
  );
}

/** What a subset's filter leaves of the instances, as the sidecar's table has it. */
function subsetLeft({ sidecar, upstream }: Facts, { leading, providers }: Place): Finding | undefined {
  if (leading.subset === "" || leading.through !== "" || providers.kind === "unknown") return undefined;
  if (providers.value.length === 0 || upstream === undefined || sidecar?.process.kind !== "known") return undefined;
  const route = sidecar.process.value?.routes?.routes.find(({ listener }) => listener === listenerName(upstream));
  const targets = route === undefined ? [] : [route, ...(route.failover ?? [])];
  const target = targets.find(({ name }) => name.startsWith(`${leading.subset}.${leading.service}`));
  if (target === undefined || target.endpoints.length > 0) return undefined;
  return failed(
    `no instance is in the subset ${leading.subset} of ${leading.service}`,
    `compare the subset's filter with the instances' meta data: causeway config read -kind service-resolver -name ${leading.service}`,
  );
}

/** "v1.api in dc2". */
export function placeName({ service, subset, datacenter: where }: Place["leading"]): string {
  return `${subset === "" ? service : `${subset}.${service}`} in ${where}`;
}
