import type { ConnectRecord, InstanceRecord } from "@causeway/model";

/** Instances of one service that may take connections for a destination, and as what they do so. */
export type Provider = { readonly kind: ConnectRecord["Kind"]; readonly instances: readonly InstanceRecord[] };

/**
 * Those instances of a provider that serve `destination`. A subset's filter does not hold for terminating gateways, whose own metadata
 * says nothing of the instances behind them: the gateway applies it, being asked by the subset's server name.
 */
export function servingInstances(
  { kind, instances }: Provider,
  destination: string,
  covers: (instance: InstanceRecord) => boolean,
): readonly InstanceRecord[] {
  if (kind === "terminating-gateway") return instances.filter(({ Service }) => Service.Kind === kind);
  if (kind === "native")
    return instances.filter((instance) => instance.Service.Connect.Native === true && covers(instance));
  return instances.filter(
    (instance) =>
      instance.Service.Kind === kind &&
      instance.Service.Proxy.DestinationServiceName === destination &&
      covers(instance),
  );
}
