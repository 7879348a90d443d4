/** Up to so many nodes every agent compares itself with the catalog once a minute. */
const SCALE_FROM_NODES = 128;
const FULL_SYNC_MS = 60_000;

/**
 * Milliseconds between two full comparisons with the catalog: a minute, and longer in large datacenters so that the load on the catalog
 * grows more slowly than they do.
 *
 * @see https://developer.hashicorp.com/consul/docs/architecture/anti-entropy#periodic-synchronization
 */
export function fullSyncIntervalMs(nodes: number): number {
  if (nodes <= SCALE_FROM_NODES) return FULL_SYNC_MS;
  return FULL_SYNC_MS * (Math.ceil(Math.log2(nodes) - Math.log2(SCALE_FROM_NODES)) + 1);
}
