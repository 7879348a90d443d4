/** Splits "host:port" or "[host]:port"; without a host it is this machine. Throws an Error in Go's words when there is no port. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  if (at === -1) throw new Error(`address ${address}: missing port in address`);
  const host = address.slice(0, at).replace(/^\[|\]$/g, "");
  return { host: host || "127.0.0.1", port: Number(address.slice(at + 1)) || 0 };
}
