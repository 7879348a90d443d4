/** `host:port`, with an IPv6 address, which alone has a colon, in brackets. */
export function printAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
