import type { X509Certificate } from "node:crypto";
import { type AltName, readSubjectAltName } from "@causeway/pki/peer";

/** Whoever has a certificate, by what it says of its alternative names. */
type Named = Pick<X509Certificate, "subjectAltName">;

/** The alternative names of a certificate; none when they cannot be read. */
export function alternativeNames({ subjectAltName }: Named): readonly AltName[] {
  return readSubjectAltName(subjectAltName ?? "") ?? [];
}

/** The certificate's URI, in the mesh its holder's SPIFFE ID; `undefined` when it has none, or several, of which none can count. */
export function onlyUri(certificate: Named): string | undefined {
  const uris = alternativeNames(certificate).filter(({ type }) => type === "URI");
  return uris.length === 1 ? uris[0]?.value : undefined;
}

/**
 * Whether a certificate is one for `name`: it carries that DNS name (a leading `*` stands for one label), IP address, URI or e-mail
 * address. The subject's common name does not count.
 *
 * @see RFC 9525 section 6
 */
export function carriesName(certificate: Named, name: string): boolean {
  return alternativeNames(certificate).some(({ type, value }) => {
    if (type === "DNS") return matchesHost(value, name);
    if (type === "IP Address") return sameAddress(value, name);
    return value === name;
  });
}

function matchesHost(pattern: string, name: string): boolean {
  const host = normalHost(name);
  const expected = normalHost(pattern);
  if (!expected.startsWith("*.")) return expected === host;
  const firstDot = host.indexOf(".");
  return firstDot > 0 && host.slice(firstDot) === expected.slice(1);
}

/** In lower case, without the dot that ends a fully qualified name. */
function normalHost(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function sameAddress(one: string, other: string): boolean {
  return one === other || (one.includes(":") && other.includes(":") && canonicalIPv6(one) === canonicalIPv6(other));
}

/** IPv6 addresses have many spellings; the URL parser brings them to one. */
function canonicalIPv6(address: string): string {
  return URL.parse(`http://[${address}]/`)?.hostname ?? address;
}

/** The names as a reader of the certificate would list them. */
export function listNames(certificate: Named): string {
  const print = ({ type, value }: AltName) => `${type === "IP Address" ? "IP" : type}:${value}`;
  return alternativeNames(certificate).map(print).join(", ");
}
