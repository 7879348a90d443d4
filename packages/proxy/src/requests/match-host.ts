import { type Matched, matchServerName } from "../match-server-name.ts";

/**
 * Finds what is meant by the host that a request asks for, with or without a port, whichever: what stands under that very name, or else
 * under the longest `*.<suffix>` or then `<prefix>.*` that covers it, or under `*`.
 *
 * The port is not looked at, since whoever maps ports has clients name another one than is listened on here.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-virtualhost
 */
export function matchHost<T>(table: ReadonlyMap<string, T>, authority: string): Matched<T> | undefined {
  const host = hostOf(authority);
  return matchServerName(table, host) ?? matchPrefix(table, host) ?? valueAt(table, "*");
}

/** The host of an authority: in lower case, without a port or the dot that ends a name which needs no search. */
export function hostOf(authority: string): string {
  return authority.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

function matchPrefix<T>(table: ReadonlyMap<string, T>, host: string): Matched<T> | undefined {
  for (let dot = host.lastIndexOf("."); dot > 0; dot = host.lastIndexOf(".", dot - 1)) {
    // At least one character stands for what follows the prefix.
    const found = dot === host.length - 1 ? undefined : valueAt(table, `${host.slice(0, dot)}.*`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueAt<T>(table: ReadonlyMap<string, T>, key: string): Matched<T> | undefined {
  const value = table.get(key);
  return value === undefined ? undefined : { key, value };
}
