/**
 * What a leaf certificate is called among those that a proxy holds: its service, and which names it has in the DNS besides, where it has
 * any. The same names in any order are the same leaf.
 */
export function leafName(service: string, dnsNames: readonly string[] = []): string {
  return dnsNames.length === 0 ? service : `${service} for ${dnsNames.toSorted().join(",")}`;
}
