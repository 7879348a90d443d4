import type { Upstream, UpstreamOverride } from "@causeway/model";
import type { ChainEntry } from "./discovery-chain/chain-entries.ts";

/** What the calling service's defaults say of this very upstream: the last override of its name and peer, as in Consul. */
export function upstreamOverride(
  caller: ChainEntry<"service-defaults"> | undefined,
  { DestinationName, DestinationPeer }: Upstream,
): UpstreamOverride | undefined {
  return caller?.UpstreamConfig?.Overrides?.findLast(
    ({ Name, Peer }) => Name === DestinationName && (Peer || "") === (DestinationPeer || ""),
  );
}
