import type { InstanceRecord } from "@causeway/model";
import { bestAddress, type Network } from "./best-address.ts";
import { type HealthRule, instanceHealth } from "./instance-health.ts";
import { byText } from "./order.ts";
import type { Endpoint } from "./route.ts";

/**
 * The endpoints that instances are to somebody in their own datacenter ("lan") or elsewhere, in the order of node and instance ID, so
 * that the same instances always give the same list.
 */
export function endpointsOf(
  instances: readonly InstanceRecord[],
  rule: HealthRule = {},
  network: Network = "lan",
): readonly Endpoint[] {
  return instances
    .map((instance) => endpointOf(instance, rule, network))
    .sort((a, b) => byText(a.node, b.node) || byText(a.instance, b.instance));
}

function endpointOf(instance: InstanceRecord, rule: HealthRule, network: Network): Endpoint {
  return {
    ...bestAddress(instance, network),
    ...instanceHealth(instance, rule),
    node: instance.Node.Node,
    instance: instance.Service.ID,
  };
}
