import { DEFAULT_NAMESPACE } from "@causeway/model";

/** Where a service is looked for; `subset` is "" for none. */
export type TargetAddress = { readonly service: string; readonly subset: string; readonly datacenter: string };

/** What a redirect or a failover names; what it does not name stays. */
export type Elsewhere = {
  readonly Service?: string | undefined;
  readonly ServiceSubset?: string | undefined;
  readonly Datacenter?: string | undefined;
};

/** What targets are known by within a chain: `[<subset>.]<service>.default.<datacenter>`. */
export function targetId({ service, subset, datacenter }: TargetAddress): string {
  const id = `${service}.${DEFAULT_NAMESPACE}.${datacenter}`;
  return subset === "" ? id : `${subset}.${id}`;
}

/** The address that `from` becomes; another service has other subsets, so the one chosen before means nothing there. */
export function elsewhere(from: TargetAddress, { Service, ServiceSubset, Datacenter }: Elsewhere): TargetAddress {
  const service = Service || from.service;
  return {
    service,
    subset: ServiceSubset || (service === from.service ? from.subset : ""),
    datacenter: Datacenter || from.datacenter,
  };
}
