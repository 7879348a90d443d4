/** One subject alternative name of a certificate, its type as OpenSSL prints it: `DNS`, `IP Address`, `URI`, `email`. */
export type AlternativeName = { readonly type: string; readonly value: string };

/**
 * Reads the alternative names that `X509Certificate.subjectAltName` prints, in the certificate's order.
 *
 * A value with a comma or a quote in it is printed as a JSON string, so that no name can pass itself off as several.
 *
 * @see https://nodejs.org/api/crypto.html#x509subjectaltname
 */
export function parseAlternativeNames(printed: string | undefined): readonly AlternativeName[] {
  if (printed === undefined) return [];
  const names: AlternativeName[] = [];
  for (const [, type, value] of printed.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)) {
    if (type === undefined || value === undefined) continue;
    names.push({ type, value: value.startsWith('"') ? unquote(value) : value });
  }
  return names;
}

function unquote(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/** The first URI: in the mesh, the SPIFFE ID of the certificate's holder. */
export function firstUri(names: readonly AlternativeName[]): string | undefined {
  return names.find(({ type }) => type === "URI")?.value;
}

/**
 * Whether a certificate with these names is one for `name`: the same DNS name (a leading `*` stands for one label), IP address, URI or
 * e-mail address. The subject's common name does not count.
 *
 * @see RFC 9525 section 6
 */
export function carriesName(names: readonly AlternativeName[], name: string): boolean {
  return names.some(({ type, value }) => {
    if (type === "DNS") return matchesHost(value, name);
    if (type === "IP Address") return sameAddress(value, name);
    return value === name;
  });
}

function matchesHost(pattern: string, name: string): boolean {
  const host = withoutFinalDot(name.toLowerCase());
  const expected = withoutFinalDot(pattern.toLowerCase());
  if (!expected.startsWith("*.")) return expected === host;
  const firstDot = host.indexOf(".");
  return firstDot > 0 && host.slice(firstDot) === expected.slice(1);
}

function withoutFinalDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** IPv6 addresses have many spellings; the URL parser brings them to one. */
function sameAddress(one: string, other: string): boolean {
  return one === other || (one.includes(":") && other.includes(":") && canonicalIPv6(one) === canonicalIPv6(other));
}

function canonicalIPv6(address: string): string {
  return URL.parse(`http://[${address}]/`)?.hostname ?? address.toLowerCase();
}

/** The names as a certificate's reader would list them. */
export function listNames(names: readonly AlternativeName[]): string {
  return names.map(({ type, value }) => `${type === "IP Address" ? "IP" : type}:${value}`).join(", ");
}
