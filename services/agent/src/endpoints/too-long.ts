/** Consul's settings that limit bodies. */
type Setting = "kv_max_value_size" | "txn_max_req_len";

/** What Consul says of a body of so many bytes, where `maxBytes` are let by. */
export function tooLong(bytes: number, maxBytes: number, setting: Setting): string {
  const where = `See https://www.consul.io/docs/agent/options.html#${setting}.`;
  return `Request body(${bytes} bytes) too large, max size: ${maxBytes} bytes. ${where}`;
}
