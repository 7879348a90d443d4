import type { InstanceRecord } from "@causeway/model";

/** Where to reach an instance: an IP address or a host name, and a port. */
export type BestAddress = { readonly address: string; readonly port: number };

/** Whether the one who dials is in the instance's own datacenter ("lan") or elsewhere ("wan"). */
export type Network = "lan" | "wan";

/**
 * The address at which an instance is dialled: the service's own, or its node's when it has none; from elsewhere the address that is
 * tagged "wan", where there is one.
 */
export function bestAddress({ Node, Service }: InstanceRecord, from: Network = "lan"): BestAddress {
  const tagged = from === "wan" ? Service.TaggedAddresses?.["wan"] : undefined;
  const address = tagged?.Address || Service.Address;
  const port = tagged?.Port || Service.Port;
  if (address !== "") return { address, port };
  const nodeTagged = from === "wan" ? Node.TaggedAddresses?.["wan"] : undefined;
  return { address: nodeTagged || Node.Address, port };
}
