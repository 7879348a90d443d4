/**
 * Chooses among the protocols that a client offers by ALPN.
 *
 * What is spoken inside is between the client and the service, so any offer is accepted. HTTP/1.1 is taken from among several, since a
 * service that speaks HTTP/2 without having agreed on it is the rarer kind.
 */
export function chooseProtocol(offered: readonly string[]): string | undefined {
  return offered.includes("http/1.1") ? "http/1.1" : offered[0];
}
