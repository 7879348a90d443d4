import { durationNs, type ServiceResolverEntry } from "@causeway/model";

const NS_PER_MS = 1e6;

/** How long connecting may take by a service's resolver, in milliseconds; undefined when it does not say, or says nothing usable. */
export function resolvedTimeoutMs(
  resolver: Pick<ServiceResolverEntry, "ConnectTimeout"> | undefined,
): number | undefined {
  const ns = durationNs(resolver?.ConnectTimeout ?? "") ?? 0;
  return ns > 0 ? ns / NS_PER_MS : undefined;
}
