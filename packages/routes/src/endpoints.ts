import type { InstanceRecord } from "@causeway/model";
import { bestAddress } from "./best-address.ts";
import { type HealthRule, instanceHealth } from "./instance-health.ts";
import { byText } from "./order.ts";
import type { Endpoint } from "./route.ts";

/** The endpoints that instances are, in the order of node and instance ID, so that the same instances always give the same list. */
export function endpointsOf(instances: readonly InstanceRecord[], rule: HealthRule = {}): readonly Endpoint[] {
  return instances
    .map((instance) => endpointOf(instance, rule))
    .sort((a, b) => byText(a.node, b.node) || byText(a.instance, b.instance));
}

function endpointOf(instance: InstanceRecord, rule: HealthRule): Endpoint {
  return {
    ...bestAddress(instance),
    ...instanceHealth(instance, rule),
    node: instance.Node.Node,
    instance: instance.Service.ID,
  };
}
