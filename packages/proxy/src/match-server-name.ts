/** A route, or whatever stands for one, and the name in the table under which it was found. */
export type Matched<T> = { readonly key: string; readonly value: T };

// The longest name that a client can send (RFC 6066 and OpenSSL agree); a longer one is not searched for suffixes.
const LONGEST_NAME = 255;

const EMPTY_LABEL = /^\.|\.\./;

/**
 * Finds what is meant by a server name: what stands under that very name or else under the longest `*.<suffix>` that covers it, which
 * means one or more labels before the suffix, none of them empty.
 *
 * Host names are compared without regard to case. Names of services may have capitals, so the exact spelling comes first; suffixes are
 * expected in lower case. The number of look-ups is at most that of the name's labels.
 */
export function matchServerName<T>(table: ReadonlyMap<string, T>, serverName: string): Matched<T> | undefined {
  const lower = serverName.toLowerCase();
  for (const key of serverName === lower ? [lower] : [serverName, lower]) {
    const value = table.get(key);
    if (value !== undefined) return { key, value };
  }
  if (lower.length > LONGEST_NAME || EMPTY_LABEL.test(lower)) return undefined;
  for (let dot = lower.indexOf("."); dot !== -1; dot = lower.indexOf(".", dot + 1)) {
    const key = `*${lower.slice(dot)}`;
    const value = table.get(key);
    if (value !== undefined) return { key, value };
  }
  return undefined;
}
