/** Splits "host:port" or "[host]:port"; without a host it is this machine. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at).replace(/^\[|\]$/g, "");
  return { host: host || "127.0.0.1", port: Number(address.slice(at + 1)) || 0 };
}
