import type { ServiceDefaultsEntry, Upstream, UpstreamOverride } from "@causeway/model";

/** What the calling service's defaults say of this very upstream: the last override of its name and peer, as in Consul. */
export function upstreamOverride(
  caller: ServiceDefaultsEntry | undefined,
  { DestinationName, DestinationPeer }: Upstream,
): UpstreamOverride | undefined {
  return caller?.UpstreamConfig?.Overrides?.findLast(
    ({ Name, Peer }) => Name === DestinationName && (Peer || "") === (DestinationPeer || ""),
  );
}
