/** Writes bytes as Consul does: `0a:1b:…`. */
export function colonHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replaceAll(/(..)(?!$)/g, "$1:");
}
